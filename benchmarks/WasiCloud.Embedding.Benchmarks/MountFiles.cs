using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>Puts files into a mount before guests run.</summary>
internal static class MountFiles
{
    public static async Task WriteAsync(IVirtualMount mount, string name, byte[] content)
    {
        var root = await mount.AttachAsync(new InvocationContext { Id = "setup" }, CancellationToken.None);
        var file = (await root.CreateFileAsync(name, exclusive: true, CancellationToken.None)).Value!;
        var handle = (await file.OpenAsync(new FileOpenOptions(FileAccess.Write), CancellationToken.None)).Value!;
        await handle.WriteAsync(new ReadOnlySequence<byte>(content), offset: 0, CancellationToken.None);
        var error = await handle.CloseAsync(CloseReason.Closed, CancellationToken.None);
        if (error != Errno.Success) throw new IOException($"'{name}': {error}");
    }
}
