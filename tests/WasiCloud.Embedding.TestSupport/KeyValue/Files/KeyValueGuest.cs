using System.Buffers;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>One guest of a key-value mount, as the descriptor layer would use it: paths are walked, creation follows a failed lookup.</summary>
internal sealed class KeyValueGuest(VirtualDirectory root)
{
    public VirtualDirectory Root { get; } = root;

    public static Task<KeyValueGuest> AttachAsync(IKeyValueBackend backend, KeyValueMountOptions? options = null, TimeProvider? clock = null) =>
        AttachAsync(new KeyValueMount(backend, options), clock);

    /// <summary>Guests of one mount are guests of one host.</summary>
    public static async Task<KeyValueGuest> AttachAsync(KeyValueMount mount, TimeProvider? clock = null) =>
        new(await mount.AttachAsync(new InvocationContext { Id = "test", TimeProvider = clock ?? TimeProvider.System }, default));

    public async Task<FsResult<VirtualNode>> LookupAsync(string path)
    {
        VirtualNode node = Root;
        foreach (var name in path.Split('/'))
        {
            if (node is not VirtualDirectory directory) return Errno.NotDir;
            var found = await directory.LookupAsync(name, default);
            if (found.Error != Errno.Success) return found;
            node = found.Value!;
        }

        return node;
    }

    public async Task<(VirtualDirectory Directory, string Name)> ParentAsync(string path)
    {
        var slash = path.LastIndexOf('/');
        if (slash < 0) return (Root, path);
        var parent = await LookupAsync(path[..slash]);
        parent.Error.Should().Be(Errno.Success, "the parent of {0} exists", path);
        return ((VirtualDirectory)parent.Value!, path[(slash + 1)..]);
    }

    public async Task<FsResult<FileHandle>> TryOpenAsync(string path, FileAccess access, bool create = false, bool exclusive = false, bool truncate = false)
    {
        var found = await LookupAsync(path);
        if (found.Error == Errno.NoEnt && create)
        {
            var (directory, name) = await ParentAsync(path);
            var created = await directory.CreateFileAsync(name, exclusive, default);
            return created.TryGet(out var file) ? await file.OpenAsync(new(access, truncate), default) : created.Error;
        }

        if (found.Error != Errno.Success) return found.Error;
        if (exclusive) return Errno.Exist;
        return found.Value is VirtualFile existing ? await existing.OpenAsync(new(access, truncate), default) : Errno.IsDir;
    }

    public async Task<FileHandle> OpenAsync(string path, FileAccess access, bool create = false, bool exclusive = false, bool truncate = false)
    {
        var handle = await TryOpenAsync(path, access, create, exclusive, truncate);
        handle.Error.Should().Be(Errno.Success);
        return handle.Value!;
    }

    public async Task<string> ReadAsync(string path)
    {
        var handle = await OpenAsync(path, FileAccess.Read);
        var text = await TextAsync(handle);
        (await handle.CloseAsync(CloseReason.Closed, default)).Should().Be(Errno.Success);
        return text;
    }

    public async Task<Errno> WriteAsync(string path, string text)
    {
        var handle = await OpenAsync(path, FileAccess.Write, create: true, truncate: true);
        await WriteAsync(handle, text);
        return await handle.CloseAsync(CloseReason.Closed, default);
    }

    public async Task<Errno> RenameAsync(string oldPath, string newPath)
    {
        var (oldDirectory, oldName) = await ParentAsync(oldPath);
        var (newDirectory, newName) = await ParentAsync(newPath);
        return await oldDirectory.RenameAsync(oldName, newDirectory, newName, default);
    }

    public async Task<Errno> UnlinkAsync(string path)
    {
        var (directory, name) = await ParentAsync(path);
        return await directory.RemoveFileAsync(name, default);
    }

    /// <summary>Writes a file of a directory that may come and go meanwhile.</summary>
    public async Task WriteBelowAsync(string directory, string name, string text)
    {
        var created = await (await ThroughAsync(directory)).CreateFileAsync(name, exclusive: false, default);
        if (!created.TryGet(out var file)) return;
        var handle = (await file.OpenAsync(new(FileAccess.Write, Truncate: true), default)).Value!;
        await WriteAsync(handle, text);
        await CloseAsync(handle);
    }

    /// <summary>Unlinks a file of a directory that may come and go meanwhile.</summary>
    public async Task UnlinkBelowAsync(string directory, string name) => await (await ThroughAsync(directory)).RemoveFileAsync(name, default);

    private async Task<VirtualDirectory> ThroughAsync(string directory) => (VirtualDirectory)(await Root.TraverseAsync(directory, default)).Value!;

    public async Task<Errno> MakeDirectoryAsync(string path)
    {
        var (directory, name) = await ParentAsync(path);
        return await directory.CreateDirectoryAsync(name, default);
    }

    public async Task<Errno> RemoveDirectoryAsync(string path)
    {
        var (directory, name) = await ParentAsync(path);
        return await directory.RemoveDirectoryAsync(name, default);
    }

    public async Task<List<string>> ListAsync(string? path = null)
    {
        var directory = path is null ? Root : (VirtualDirectory)(await LookupAsync(path)).Value!;
        var names = new List<string>();
        await foreach (var entry in directory.EnumerateAsync(default)) names.Add(entry.Type == FileType.Directory ? entry.Name + "/" : entry.Name);
        return names;
    }

    public static async Task<string> TextAsync(FileHandle handle)
    {
        var buffer = new byte[1 << 20];
        var read = await handle.ReadAsync(buffer, 0, default);
        read.Error.Should().Be(Errno.Success);
        return Encoding.UTF8.GetString(buffer, 0, read.Value);
    }

    public static async Task WriteAsync(FileHandle handle, string text, long offset = 0)
    {
        var written = await handle.WriteAsync(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)), offset, default);
        written.Error.Should().Be(Errno.Success);
        written.Value.Should().Be(Encoding.UTF8.GetByteCount(text));
    }

    public static async Task<long> AppendAsync(FileHandle handle, string text)
    {
        var end = await handle.AppendAsync(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)), default);
        end.Error.Should().Be(Errno.Success);
        return end.Value;
    }

    public static async Task<Errno> CloseAsync(FileHandle handle) => await handle.CloseAsync(CloseReason.Closed, default);
}
