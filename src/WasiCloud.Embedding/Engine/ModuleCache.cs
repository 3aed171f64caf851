using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine;

/// <summary>Compiled modules on disk. Loading one runs its native code, so the folder is a trust boundary.</summary>
/// <remarks>
/// A file is <c>&lt;key&gt;/&lt;checksum of the artifact&gt;.compiled</c>: the name is the checksum, so one rename publishes both.
/// Files are never rewritten in place, because Wasmtime maps them. A cache that does not work costs time, never correctness:
/// the module is compiled, and the log says why.
/// </remarks>
internal sealed class ModuleCache
{
    private const string Extension = ".compiled";
    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnly = OwnerReadsAndWrites | UnixFileMode.UserExecute;

    // A link would lead out of the folder that was checked.
    private static readonly EnumerationOptions OwnFiles = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    private readonly string _folder;
    private readonly ILogger _logger;
    private readonly bool _isUsable;

    /// <summary>Opens the folder, creating it for the current user only. If it cannot be created there is no cache.</summary>
    /// <exception cref="InvalidOperationException">Others may write to it.</exception>
    public ModuleCache(string folder, ILogger logger)
    {
        (_folder, _logger) = (Path.GetFullPath(folder), logger);
        try
        {
            CreateFolder(_folder);
            if (FolderTrust.FindProblem(_folder) is { } problem)
                throw new InvalidOperationException($"{nameof(WasiCloudOptions.ModuleCacheFolder)} '{_folder}' {problem}, who could run code in this process through it.");
            _isUsable = true;
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            Log.CompiledModuleNotStored(_logger, _folder, exception);
        }
    }

    /// <summary>Compiles bytes to a module.</summary>
    public delegate WasmModuleHandle Compiler(ReadOnlySpan<byte> wasm);

    /// <summary>Loads the compiled form of some bytes, or compiles and stores it.</summary>
    public WasmModuleHandle Load(WasmEngine engine, ReadOnlySpan<byte> wasm, Compiler compile)
    {
        if (!_isUsable) return compile(wasm);
        var folder = Path.Combine(_folder, KeyOf(wasm, engine.Settings));
        var refused = new List<string>();
        if (TryLoad(engine, folder, refused) is { } cached) return cached;

        // Only now may they go: what cannot be compiled either (too large for this host's limits) can be loaded by others.
        var module = compile(wasm);
        foreach (var path in refused) TryDelete(path);
        Store(module, folder);
        return module;
    }

    private static string KeyOf(ReadOnlySpan<byte> wasm, EngineSettings settings)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{NativeLibraryCheck.Version};{RuntimeInformation.RuntimeIdentifier};{settings.CacheKey};"));
        hash.AppendData(wasm);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static bool IsIntact(string path)
    {
        using var file = File.OpenHandle(path);
        return Path.GetFileNameWithoutExtension(path) == FileChecksum.Compute(file);
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnerOnly);
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

    private WasmModuleHandle? TryLoad(WasmEngine engine, string folder, List<string> refused)
    {
        try
        {
            if (!Directory.Exists(folder)) return null;
            foreach (var path in Directory.EnumerateFiles(folder, "*" + Extension, OwnFiles))
            {
                if (IsIntact(path) && WasmModuleHandle.TryDeserializeFile(engine.Handle, path, out var module, out _)) return module;
                Log.CompiledModuleDamaged(_logger, path);
                refused.Add(path);
            }
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            // Another process may have deleted a damaged file, or the folder, just now.
            Log.CompiledModuleNotRead(_logger, folder, exception);
        }

        return null;
    }

    private void Store(WasmModuleHandle module, string folder)
    {
        var temporary = Path.Combine(_folder, Path.GetRandomFileName());
        try
        {
            var checksum = Write(module, temporary);
            CreateFolder(folder);
            File.Move(temporary, Path.Combine(folder, checksum + Extension), overwrite: true);
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            Log.CompiledModuleNotStored(_logger, _folder, exception);
            TryDelete(temporary);
        }
    }
}
