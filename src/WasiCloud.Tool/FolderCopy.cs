using System.Buffers;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;

namespace WasiCloud.Tool;

/// <summary>Trees in memory. Memory mounts never wait, so their tasks are complete when they are returned.</summary>
internal static class FolderCopy
{
    private const int ChunkBytes = 1 << 20;

    // Source trees with their packages have some 100,000.
    private const int MaxNodes = 1_000_000;

    public static MemoryMount Empty(long maxBytes) => new(new MemoryMountOptions { MaxBytes = maxBytes, MaxNodes = MaxNodes });

    /// <summary>Copies a folder with its symbolic links and times.</summary>
    /// <exception cref="IOException">Something in it cannot be read.</exception>
    public static MemoryMount Of(string folder, long maxBytes)
    {
        var source = new DirectoryInfo(folder);
        if (!source.Exists) throw new DirectoryNotFoundException($"There is no directory '{folder}'.");
        var mount = Empty(maxBytes);
        Fill(CompletedTask.Take(mount.AttachAsync(new InvocationContext { Id = "copy" }, default)), source);
        return mount;
    }

    private static void Fill(VirtualDirectory destination, DirectoryInfo source)
    {
        foreach (var entry in source.EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is { } target) Check(CompletedTask.Take(destination.CreateSymlinkAsync(entry.Name, target, default)), entry);
            else if (entry is DirectoryInfo folder) FillFolder(destination, folder);
            else FillFile(destination, (FileInfo)entry);
        }

        SetTimes(destination, source);
    }

    private static void FillFolder(VirtualDirectory destination, DirectoryInfo source)
    {
        Check(CompletedTask.Take(destination.CreateDirectoryAsync(source.Name, default)), source);
        Fill((VirtualDirectory)Value(destination.LookupAsync(source.Name, default), source), source);
    }

    private static void FillFile(VirtualDirectory destination, FileInfo source)
    {
        var file = Value(destination.CreateFileAsync(source.Name, exclusive: true, default), source);
        var handle = Value(file.OpenAsync(new FileOpenOptions(FileAccess.Write), default), source);
        using (var content = source.OpenRead())
        {
            var buffer = new byte[Math.Clamp(source.Length, 1, ChunkBytes)];
            var offset = 0L;
            for (var count = content.Read(buffer); count > 0; count = content.Read(buffer))
            {
                // A write may be cut short by the limit; the next one then says so.
                for (var written = 0; written < count;)
                    written += (int)Value(handle.WriteAsync(new ReadOnlySequence<byte>(buffer, written, count - written), offset + written, default), source);
                offset += count;
            }
        }

        Check(CompletedTask.Take(handle.CloseAsync(CloseReason.Closed, default)), source);
        SetTimes(file, source);
    }

    private static void SetTimes(VirtualNode node, FileSystemInfo source) =>
        Check(CompletedTask.Take(node.SetAttributesAsync(new AttributeChanges(UnixTime.ToNanoseconds(new(source.LastAccessTimeUtc)), UnixTime.ToNanoseconds(new(source.LastWriteTimeUtc))), default)), source);

    private static T Value<T>(ValueTask<FsResult<T>> task, FileSystemInfo source)
    {
        var result = CompletedTask.Take(task);
        Check(result.Error, source);
        return result.Value!;
    }

    private static void Check(Errno error, FileSystemInfo source)
    {
        if (error == Errno.NoSpc) throw new IOException($"'{source.FullName}' does not fit into the copy: --max-files sets how many bytes do, and there may be {MaxNodes} files.");
        if (error != Errno.Success) throw new IOException($"'{source.FullName}' cannot be copied: {error}.");
    }
}
