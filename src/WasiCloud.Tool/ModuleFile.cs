using System.Buffers;
using Microsoft.Win32.SafeHandles;
using WasiCloud.Embedding;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Tool;

/// <summary>Reads and compiles a module that was named on the command line.</summary>
internal static class ModuleFile
{
    // As much as JavaScript's engines take (WebAssembly JavaScript Interface, "Implementation-defined Limits").
    private const long MaxBytes = 1L << 30;

    private const int PieceBytes = 64 << 10;

    /// <summary>
    /// Reads a file, or what a pipe brings (<c>wasicloud run &lt;(curl ...)</c>, <c>/dev/stdin</c>). Nothing else is opened, so that nothing waits or goes
    /// on without end.
    /// </summary>
    /// <exception cref="IOException">There is no such file, it is something else, or it cannot be read.</exception>
    public static Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken) =>
        Task.Run(() => Read(path, mayBePipe: true, cancellationToken), cancellationToken);

    /// <summary>Compiles a program, and shows that it does if it takes long.</summary>
    /// <exception cref="InvalidGuestModuleException">It cannot run here, or not by itself.</exception>
    public static async Task<GuestModule> LoadAsync(
        IInvocationHost host, ReadOnlyMemory<byte> wasm, string name, string shownName, GuestModuleOptions? options, CancellationToken cancellationToken)
    {
        var module = await CompileProgress.ShowAsync(host.LoadAsync(wasm, name, options, cancellationToken), shownName, wasm.Length).ConfigureAwait(false);
        if (module.Kind == GuestModuleKind.Command) return module;
        module.Dispose();
        throw new InvalidGuestModuleException("The module does not export '_start': it is a library or reactor, whose functions an application calls " +
            "(IInvocationHost.StartAsync).");
    }

    private static byte[] Read(string path, bool mayBePipe, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux()) return File.ReadAllBytes(path);

        // Held first, which opens nothing, and then opened as what it is: it cannot become something else in between.
        var held = LinuxFile.Hold(path);
        if (!held.TryGet(out var node)) throw Failure(path, held.Error);
        using (node)
        {
            var isPipe = node.Type == FileType.Unknown;
            if (node.Type != FileType.RegularFile && !(isPipe && mayBePipe))
                throw new IOException($"'{path}' is {FileKind.Describe(node.Type)}, not a module.");
            if (!isPipe && node.Size > MaxBytes) throw TooLarge(path);
            var opened = node.OpenForReading();
            using var file = opened.Value ?? throw Failure(path, opened.Error);
            return ReadToEnd(file, path, isPipe, cancellationToken);
        }
    }

    private static byte[] ReadToEnd(SafeFileHandle file, string path, bool isPipe, CancellationToken cancellationToken)
    {
        var content = new ArrayBufferWriter<byte>(PieceBytes);
        while (true)
        {
            var result = NativeCalls.Read((int)file.DangerousGetHandle(), content.GetSpan(PieceBytes), cancellationToken);
            if (!result.TryGet(out var count)) throw Failure(path, result.Error);
            if (count == 0) break;
            content.Advance(count);
            if (content.WrittenCount > MaxBytes) throw TooLarge(path);
        }

        // Opened without waiting for a writer.
        if (isPipe && content.WrittenCount == 0) throw new IOException($"'{path}' is a pipe that nobody writes to.");
        return content.WrittenSpan.ToArray();
    }

    private static IOException TooLarge(string path) => new($"'{path}' is longer than a module may be, {MaxBytes >> 20} MiB.");

    private static IOException Failure(string path, Errno error) =>
        error is Errno.NoEnt or Errno.NotDir ? new FileNotFoundException($"There is no file '{path}'.") : new IOException($"'{path}' cannot be read: {error}.");
}
