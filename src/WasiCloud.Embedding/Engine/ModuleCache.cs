using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine;

/// <summary>Compiled modules on disk. Loading one runs its native code, so the folder is a trust boundary.</summary>
/// <remarks>
/// A file is <c>&lt;key&gt;/&lt;SHA-256 of the artifact&gt;.compiled</c>: the name is the checksum, so one rename publishes both.
/// Files are never rewritten in place, because Wasmtime maps them.
/// </remarks>
internal sealed class ModuleCache
{
    private const string Extension = ".compiled";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly string _folder;
    private readonly ILogger _logger;

    /// <summary>Opens the folder, creating it for the current user only.</summary>
    /// <exception cref="InvalidOperationException">Others may write to it.</exception>
    public ModuleCache(string folder, ILogger logger)
    {
        (_folder, _logger) = (Path.GetFullPath(folder), logger);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_folder);
            return;
        }

        Directory.CreateDirectory(_folder, OwnerOnly);
        if ((File.GetUnixFileMode(_folder) & OthersWrite) != 0)
            throw new InvalidOperationException($"{nameof(WasiCloudOptions.ModuleCacheFolder)} '{_folder}' is writable by others, who could run code in this process through it.");
    }

    /// <summary>Compiles bytes to a module.</summary>
    public delegate WasmModuleHandle Compiler(ReadOnlySpan<byte> wasm);

    /// <summary>Loads the compiled form of some bytes, or compiles and stores it.</summary>
    public WasmModuleHandle Load(WasmEngine engine, ReadOnlySpan<byte> wasm, Compiler compile)
    {
        var folder = Path.Combine(_folder, KeyOf(wasm, engine.Settings));
        if (TryLoad(engine, folder) is { } cached) return cached;
        var module = compile(wasm);
        Store(module, folder);
        return module;
    }

    private static string KeyOf(ReadOnlySpan<byte> wasm, EngineSettings settings)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{NativeLibraryCheck.ExpectedVersion};{System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier};{settings.CacheKey};"));
        hash.AppendData(wasm);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private WasmModuleHandle? TryLoad(WasmEngine engine, string folder)
    {
        if (!Directory.Exists(folder)) return null;
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            if (IsIntact(path) && WasmModuleHandle.TryDeserializeFile(engine.Handle, path, out var module, out _)) return module;
            Log.CompiledModuleDamaged(_logger, path);
            File.Delete(path);
        }

        return null;
    }

    private static bool IsIntact(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1 << 20);
        return Path.GetFileNameWithoutExtension(path) == Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    // A cache that cannot be written costs time, not correctness: the module runs, and the log says why the next start is slow again.
    private void Store(WasmModuleHandle module, string folder)
    {
        var temporary = Path.Combine(_folder, Path.GetRandomFileName());
        try
        {
            using (var artifact = (IDisposable)module.Serialize())
            {
                var bytes = ((SerializedModule)artifact).GetSpan();
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0)) stream.Write(bytes);
                Directory.CreateDirectory(folder);
                File.Move(temporary, Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(bytes)) + Extension), overwrite: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.CompiledModuleNotStored(_logger, _folder, exception);
            File.Delete(temporary);
        }
    }
}
