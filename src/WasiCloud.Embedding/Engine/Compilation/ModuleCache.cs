using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>Compiled modules on disk. Loading one runs its native code, so the folder is a trust boundary.</summary>
/// <remarks>
/// A file is <c>&lt;key&gt;/&lt;checksum of the artifact&gt;.compiled</c>: the name is the checksum, so one rename publishes both.
/// Files are never rewritten in place, because Wasmtime maps them. Folder and file are opened, what is open is checked, and that is loaded, not what has its
/// name by then.
/// A cache that does not work costs time, never correctness: the module is compiled, and the log says why.
/// </remarks>
internal sealed class ModuleCache
{
    private const string Extension = ".compiled";
    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // A link would lead out of the folder that was checked.
    private static readonly EnumerationOptions OwnFiles = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    private readonly string _folder;
    private readonly ILogger _logger;
    private readonly bool _isUsable;

    /// <summary>Opens the folder, creating it for the current user only. If it cannot be created there is no cache.</summary>
    /// <exception cref="InvalidOperationException">Others may write to it, or to a folder above it.</exception>
    public ModuleCache(string folder, ILogger logger)
    {
        (_folder, _logger) = (Path.GetFullPath(folder), logger);
        try
        {
            TrustedFolder.OpenOrCreate(_folder).Dispose();
            _isUsable = true;
        }
        catch (UntrustedPathException exception)
        {
            throw new InvalidOperationException(
                $"{nameof(WasiCloudOptions.ModuleCacheFolder)} '{_folder}' is refused: {exception.Message}, who could run code in this process through it.",
                exception);
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            Log.CompiledModuleNotStored(_logger, _folder, exception);
        }
    }

    /// <summary>Called when a file was checked and is about to be loaded, for tests of what happens in between.</summary>
    internal Action<string>? Checked { get; init; }

    /// <summary>Loads the compiled form of some bytes, or compiles and stores it.</summary>
    public async Task<WasmModuleHandle> LoadAsync(WasmEngine engine, ReadOnlyMemory<byte> wasm, Func<Task<WasmModuleHandle>> compile)
    {
        if (!_isUsable) return await compile().ConfigureAwait(false);
        var key = KeyOf(wasm.Span, engine.Settings);
        var refused = new List<string>();
        if (TryLoad(engine, key, refused) is { } cached) return cached;

        // Only then may they go: what cannot be compiled either (too large for this host's limits) can be loaded by others.
        var module = await compile().ConfigureAwait(false);
        Store(module, key, refused);
        return module;
    }

    private static string KeyOf(ReadOnlySpan<byte> wasm, EngineSettings settings)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{CompatibilityKey.Of(settings)};"));
        hash.AppendData(wasm);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Write(WasmModuleHandle module, string path)
    {
        // Whatever the umask is: who can write to the file runs code here.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerReadsAndWrites;
        var artifact = module.Serialize();
        using ((IDisposable)artifact)
        {
            using var file = new FileStream(path, options);
            file.Write(artifact.GetSpan());
            return FileChecksum.Compute(file.SafeFileHandle);
        }
    }

    private static bool IsOutage(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            // It will be refused again, and what cannot be deleted cannot be replaced either, which is logged.
        }
    }

    private static void Publish(WasmModuleHandle module, TrustedFolder folder, TrustedFolder entry)
    {
        var temporary = Path.Combine(folder.Location, Path.GetRandomFileName());
        try
        {
            var checksum = Write(module, temporary);
            File.Move(temporary, Path.Combine(entry.Location, checksum + Extension), overwrite: true);
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            TryDelete(temporary);
            throw;
        }
    }

    private WasmModuleHandle? TryLoad(WasmEngine engine, string key, List<string> refused)
    {
        try
        {
            using var folder = TrustedFolder.Open(_folder);
            using var entry = folder.TryOpenFolder(key);
            if (entry is null) return null;
            foreach (var name in Directory.EnumerateFiles(entry.Location, "*" + Extension, OwnFiles).Select(path => Path.GetFileName(path)))
            {
                if (TryLoad(engine, entry, key, name) is { } module) return module;
                refused.Add(name);
            }
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            // Another process may have deleted a damaged file, or the folder, just now.
            Log.CompiledModuleNotRead(_logger, _folder, exception);
        }

        return null;
    }

    private WasmModuleHandle? TryLoad(WasmEngine engine, TrustedFolder entry, string key, string name)
    {
        try
        {
            using var file = entry.OpenFile(name);
            var isIntact = Path.GetFileNameWithoutExtension(name) == FileChecksum.Compute(file);
            Checked?.Invoke(Path.Combine(_folder, key, name));
            if (isIntact && WasmModuleHandle.TryDeserializeFile(engine.Handle, entry.PathOf(file, name), out var module, out _)) return module;
            Log.CompiledModuleDamaged(_logger, Path.Combine(_folder, key, name));
        }
        catch (UntrustedPathException exception)
        {
            Log.CompiledModuleNotRead(_logger, _folder, exception);
        }

        return null;
    }

    private void Store(WasmModuleHandle module, string key, List<string> refused)
    {
        try
        {
            using var folder = TrustedFolder.Open(_folder);
            using var entry = folder.OpenOrCreateFolder(key);
            foreach (var name in refused) TryDelete(Path.Combine(entry.Location, name));
            Publish(module, folder, entry);
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            Log.CompiledModuleNotStored(_logger, _folder, exception);
        }
    }
}
