using WasiCloud.Embedding;

namespace WasiCloud.Tool;

/// <summary>Reads and compiles a module that was named on the command line.</summary>
internal static class ModuleFile
{
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path)) throw new IOException($"'{path}' is a directory, not a module.");
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file '{path}'.");
        return await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Compiles a program, and shows that it does if it takes long.</summary>
    /// <exception cref="InvalidGuestModuleException">It cannot run here, or not by itself.</exception>
    public static async Task<GuestModule> LoadAsync(IInvocationHost host, ReadOnlyMemory<byte> wasm, string name, string shownName, CancellationToken cancellationToken)
    {
        var module = await CompileProgress.ShowAsync(host.LoadAsync(wasm, name, cancellationToken), shownName, wasm.Length).ConfigureAwait(false);
        if (module.Kind == GuestModuleKind.Command) return module;
        module.Dispose();
        throw new InvalidGuestModuleException("The module does not export '_start': it is a library or reactor, whose functions an application calls (IInvocationHost.StartAsync).");
    }
}
