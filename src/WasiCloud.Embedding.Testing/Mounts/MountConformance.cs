using System.Buffers;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Testing.Mounts;

/// <summary>What the suites for read-write mounts share. Derive from each <c>MountConformance...</c> class and say how to make the mount.</summary>
/// <remarks>The mount must be empty, writable, and seen alike by several invocations. Every test makes a mount of its own, so tests run in parallel.</remarks>
public abstract class MountConformance : IAsyncLifetime
{
    private readonly List<VirtualNode> _nodes = [];
    private int _invocations;

    /// <summary>Bytes in the longest name that the contract allows.</summary>
    protected const int MaxNameBytes = 255;

    /// <summary>The mount under test.</summary>
    protected IVirtualMount Mount { get; private set; } = null!;

    /// <summary>The root as the first invocation sees it.</summary>
    protected VirtualDirectory Root { get; private set; } = null!;

    /// <summary>
    /// Whether a file may have several names. If not, linking must be refused with <see cref="Errno.RoFs"/>, <see cref="Errno.Perm"/> or
    /// <see cref="Errno.NotSup"/>.
    /// </summary>
    protected virtual bool SupportsHardLinks => true;

    /// <summary>Whether symbolic links can be made. If not, making one must be refused as for hard links.</summary>
    protected virtual bool SupportsSymlinks => true;

    /// <summary>Whether times can be set and come back to the nanosecond.</summary>
    protected virtual bool SupportsSettingTimes => true;

    /// <inheritdoc/>
    public virtual async Task InitializeAsync()
    {
        Mount = CreateMount();
        Root = await AttachAsync();
    }

    /// <inheritdoc/>
    public virtual Task DisposeAsync()
    {
        foreach (var node in _nodes) node.Release();
        return Task.CompletedTask;
    }

    /// <summary>Makes an empty mount.</summary>
    /// <returns>The mount.</returns>
    protected abstract IVirtualMount CreateMount();

    /// <summary>Attaches one more invocation.</summary>
    /// <returns>Its root, released at the end of the test.</returns>
    protected async Task<VirtualDirectory> AttachAsync()
    {
        var context = new InvocationContext { Id = $"conformance-{Interlocked.Increment(ref _invocations)}" };
        return Track(await Mount.AttachAsync(context, default));
    }

    /// <summary>Has a node released at the end of the test.</summary>
    /// <typeparam name="T">The kind of node.</typeparam>
    /// <param name="node">The node.</param>
    /// <returns>The node.</returns>
    protected T Track<T>(T node)
        where T : VirtualNode
    {
        lock (_nodes) _nodes.Add(node);
        return node;
    }

    /// <summary>Finds a node that must exist.</summary>
    /// <typeparam name="T">The kind it must have.</typeparam>
    /// <param name="directory">Where.</param>
    /// <param name="name">Its name.</param>
    /// <returns>The node.</returns>
    protected async Task<T> GetAsync<T>(VirtualDirectory directory, string name)
        where T : VirtualNode
    {
        var result = await directory.LookupAsync(name, default);
        result.Error.Should().Be(Errno.Success, $"'{name}' exists");
        return Track(result.Value!).Should().BeAssignableTo<T>().Subject;
    }

    /// <summary>Looks a name up for its error alone.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="name">The name.</param>
    /// <returns>The error.</returns>
    protected static async Task<Errno> LookupErrorAsync(VirtualDirectory directory, string name)
    {
        var result = await directory.LookupAsync(name, default);
        if (result.TryGet(out var node)) node.Release();
        return result.Error;
    }

    /// <summary>Makes a directory.</summary>
    /// <param name="parent">Where.</param>
    /// <param name="name">Its name.</param>
    /// <returns>The directory.</returns>
    protected async Task<VirtualDirectory> MakeDirectoryAsync(VirtualDirectory parent, string name)
    {
        (await parent.CreateDirectoryAsync(name, default)).Should().Be(Errno.Success);
        return await GetAsync<VirtualDirectory>(parent, name);
    }

    /// <summary>Makes a file.</summary>
    /// <param name="parent">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="content">What it holds, as UTF-8.</param>
    /// <returns>The file.</returns>
    protected async Task<VirtualFile> MakeFileAsync(VirtualDirectory parent, string name, string content = "")
    {
        var created = await parent.CreateFileAsync(name, exclusive: true, default);
        created.Error.Should().Be(Errno.Success, $"'{name}' can be created");
        var file = Track(created.Value!);
        if (content.Length == 0) return file;
        var handle = await OpenAsync(file, FileAccess.Write);
        await WriteAsync(handle, content, 0);
        await CloseAsync(handle);
        return file;
    }

    /// <summary>Opens a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="access">For what.</param>
    /// <param name="truncate">Whether to empty it.</param>
    /// <returns>The handle.</returns>
    protected static async Task<FileHandle> OpenAsync(VirtualFile file, FileAccess access = FileAccess.ReadWrite, bool truncate = false)
    {
        var opened = await file.OpenAsync(new FileOpenOptions(access, truncate), default);
        opened.Error.Should().Be(Errno.Success);
        return opened.Value!;
    }

    /// <summary>Closes a handle.</summary>
    /// <param name="handle">The handle.</param>
    /// <returns>A task.</returns>
    protected static async Task CloseAsync(FileHandle handle) => (await handle.CloseAsync(CloseReason.Closed, default)).Should().Be(Errno.Success);

    /// <summary>Writes all of a text.</summary>
    /// <param name="handle">Where.</param>
    /// <param name="text">What, as UTF-8.</param>
    /// <param name="offset">At which byte.</param>
    /// <returns>A task.</returns>
    protected static async Task WriteAsync(FileHandle handle, string text, long offset)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        (await handle.WriteAsync(new ReadOnlySequence<byte>(bytes), offset, default)).Should().Be((FsResult<long>)bytes.Length);
    }

    /// <summary>Reads until the end of the file.</summary>
    /// <param name="handle">From where.</param>
    /// <param name="offset">From which byte.</param>
    /// <returns>The bytes.</returns>
    protected static async Task<byte[]> ReadAllAsync(FileHandle handle, long offset = 0)
    {
        var content = new ArrayBufferWriter<byte>();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var read = await handle.ReadAsync(buffer, offset, default);
            read.Error.Should().Be(Errno.Success);
            if (read.Value == 0) return content.WrittenSpan.ToArray();
            content.Write(buffer.AsSpan(0, read.Value));
            offset += read.Value;
        }
    }

    /// <summary>Reads a file that must exist.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="name">Its name.</param>
    /// <returns>Its content as text.</returns>
    protected async Task<string> ReadTextAsync(VirtualDirectory directory, string name)
    {
        var handle = await OpenAsync(await GetAsync<VirtualFile>(directory, name), FileAccess.Read);
        var content = await ReadAllAsync(handle);
        await CloseAsync(handle);
        return Encoding.UTF8.GetString(content);
    }

    /// <summary>Lists the names of a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <returns>The names, sorted.</returns>
    protected static async Task<string[]> NamesAsync(VirtualDirectory directory)
    {
        var names = new List<string>();
        await foreach (var entry in directory.EnumerateAsync(default)) names.Add(entry.Name);
        names.Sort(StringComparer.Ordinal);
        return [.. names];
    }

    /// <summary>Gets attributes that must be there.</summary>
    /// <param name="node">Of what.</param>
    /// <returns>The attributes.</returns>
    protected static async Task<NodeAttributes> AttributesAsync(VirtualNode node)
    {
        var attributes = await node.GetAttributesAsync(default);
        attributes.Error.Should().Be(Errno.Success);
        return attributes.Value;
    }

    /// <summary>Asserts that something a mount does not support is refused in one of the allowed ways.</summary>
    /// <param name="error">The answer.</param>
    protected static void ShouldBeRefused(Errno error) => error.Should().BeOneOf(Errno.RoFs, Errno.Perm, Errno.NotSup);
}
