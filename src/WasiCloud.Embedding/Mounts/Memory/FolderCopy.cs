using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>
/// Fills a tree with a folder of the host. Neither memory mounts nor reads of at most a piece wait, so their tasks are complete when they are returned.
/// </summary>
/// <remarks>
/// The folder is read as guests see a <see cref="HostDirectoryMount"/>: every name is held before it is opened, and only what is a regular file is. So no FIFO
/// can hold the copy, no device is read, and nothing that is exchanged meanwhile leads elsewhere.
/// </remarks>
internal static class FolderCopy
{
    // What .NET shows for bytes that are not UTF-8.
    private const char ReplacementCharacter = '\uFFFD';

    /// <summary>Copies a folder with its symbolic links, times, holes, and the devices that do no harm.</summary>
    /// <exception cref="IOException">Something in it is no file, cannot be read, or does not fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Fill(MemoryMount copy, string folder, CancellationToken cancellationToken)
    {
        var source = new HostDirectoryMount(folder, FileAccess.Read);
        var context = new InvocationContext { Id = "copy" };
        var from = CompletedTask.Take(source.AttachAsync(context, cancellationToken));
        Fill((MemoryDirectory)CompletedTask.Take(copy.AttachAsync(context, cancellationToken)), from, Path.GetFullPath(folder), cancellationToken);
    }

    private static void Fill(MemoryDirectory destination, VirtualDirectory source, string path, CancellationToken cancellationToken)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = Path.GetFileName(entry);
            var found = CompletedTask.Take(source.LookupAsync(name, cancellationToken));
            if (found.Error == Errno.NoEnt)
            {
                if (name.Contains(ReplacementCharacter, StringComparison.Ordinal)) throw new IOException($"'{entry}' cannot be copied: its name is not UTF-8.");

                // It has gone since it was listed.
                continue;
            }

            var node = Value(found, entry);
            Copy(destination, name, node, entry, cancellationToken);
            node.Release();
        }

        CopyTimes(destination, source, path);
    }

    private static void Copy(MemoryDirectory destination, string name, VirtualNode source, string path, CancellationToken cancellationToken)
    {
        switch (source)
        {
            case VirtualDirectory folder:
                Check(CompletedTask.Take(destination.CreateDirectoryAsync(name, cancellationToken)), path);
                Fill((MemoryDirectory)Value(CompletedTask.Take(destination.LookupAsync(name, cancellationToken)), path), folder, path, cancellationToken);
                return;
            case VirtualSymlink link:
                var target = Value(CompletedTask.Take(link.ReadTargetAsync(cancellationToken)), path);
                Check(CompletedTask.Take(destination.CreateSymlinkAsync(name, target, cancellationToken)), path);
                return;
            case HostDevice device:
                Check(destination.CreateDevice(name, device.Kind), path);
                return;
            case HostFile { Type: FileType.RegularFile } file:
                var copy = Value(CompletedTask.Take(destination.CreateFileAsync(name, exclusive: true, cancellationToken)), path);
                CopyContent(copy, file, path, cancellationToken);
                CopyTimes(copy, file, path);
                return;
            default:
                throw new IOException($"'{path}' cannot be copied: it is {Describe(source.Type)}.");
        }
    }

    private static void CopyContent(VirtualFile destination, HostFile source, string path, CancellationToken cancellationToken)
    {
        var size = Value(CompletedTask.Take(source.GetAttributesAsync(cancellationToken)), path).Size;
        var reader = (HostFileHandle)Value(CompletedTask.Take(source.OpenAsync(new FileOpenOptions(FileAccess.Read), cancellationToken)), path);
        var writer = Value(CompletedTask.Take(destination.OpenAsync(new FileOpenOptions(FileAccess.Write), cancellationToken)), path);
        var buffer = ArrayPool<byte>.Shared.Rent(TransferSize.PieceBytes);
        try
        {
            // A file that grows is copied as long as it was; one of /proc says 0 and is read to its end.
            var end = size == 0 ? long.MaxValue : (long)size;
            for (long offset = 0, count; offset < end; offset += count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var data = reader.FindData(offset);
                if (data.Error == Errno.NxIO) break;
                if (data.TryGet(out var start)) offset = start;
                var next = reader.FindHole(offset).TryGet(out var hole) && hole > offset ? Math.Min(hole, end) : end;
                var piece = buffer.AsMemory(0, (int)Math.Clamp(next - offset, 0, TransferSize.PieceBytes));
                count = Value(CompletedTask.Take(reader.ReadAsync(piece, offset, cancellationToken)), path);
                if (count == 0) break;
                Write(writer, buffer.AsMemory(0, (int)count), offset, path);
            }

            if (size > 0) Check(CompletedTask.Take(writer.SetSizeAsync((long)size, cancellationToken)), path);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            Check(CompletedTask.Take(reader.CloseAsync(CloseReason.Closed, CancellationToken.None)), path);
            Check(CompletedTask.Take(writer.CloseAsync(CloseReason.Closed, CancellationToken.None)), path);
        }
    }

    // A write may be cut short by the limit; the next one then says so.
    private static void Write(FileHandle writer, ReadOnlyMemory<byte> bytes, long offset, string path)
    {
        for (var written = 0; written < bytes.Length;)
        {
            var rest = new ReadOnlySequence<byte>(bytes[written..]);
            written += (int)Value(CompletedTask.Take(writer.WriteAsync(rest, offset + written, CancellationToken.None)), path);
        }
    }

    private static void CopyTimes(VirtualNode destination, VirtualNode source, string path)
    {
        var attributes = Value(CompletedTask.Take(source.GetAttributesAsync(CancellationToken.None)), path);
        Check(CompletedTask.Take(destination.SetAttributesAsync(new AttributeChanges(attributes.Accessed, attributes.Modified), CancellationToken.None)), path);
    }

    private static T Value<T>(FsResult<T> result, string path)
    {
        Check(result.Error, path);
        return result.Value!;
    }

    private static void Check(Errno error, string path)
    {
        if (error == Errno.NoSpc) throw new IOException($"'{path}' does not fit into the copy.");
        if (error != Errno.Success) throw new IOException($"'{path}' cannot be copied: {error}.");
    }

    private static string Describe(FileType type) => type switch
    {
        FileType.CharacterDevice or FileType.BlockDevice => "a device",
        FileType.SocketStream => "a socket",
        _ => "a FIFO", // for which WASI has no word
    };
}
