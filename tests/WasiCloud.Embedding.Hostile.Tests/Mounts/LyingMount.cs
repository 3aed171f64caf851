using System.Buffers;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts;

/// <summary>A mount with a file <c>f</c>, a link <c>l</c> and a directory <c>d</c>, each member of which answers as the test says.</summary>
internal sealed class LyingMount : IVirtualMount
{
    /// <summary>What <c>Attach</c>, <c>Lookup</c> and <c>Open</c> give instead, if the test wants something else.</summary>
    public Func<ValueTask<VirtualDirectory>>? Attach { get; set; }

    public Func<ValueTask<FsResult<VirtualNode>>>? Lookup { get; set; }

    public Func<ValueTask<FsResult<FileHandle>>>? Open { get; set; }

    public Func<ValueTask<FsResult<VirtualFile>>>? Create { get; set; }

    public Func<ValueTask<FsResult<string>>>? Target { get; set; }

    public Func<IAsyncEnumerable<DirectoryEntry>>? Enumerate { get; set; }

    public Func<ValueTask<FsResult<int>>> Read { get; set; } = () => (FsResult<int>)0;

    public Func<ValueTask<FsResult<long>>> Write { get; set; } = () => (FsResult<long>)1L;

    public Func<ValueTask<FsResult<long>>> Append { get; set; } = () => (FsResult<long>)Errno.NotSup;

    public Func<ValueTask<FsResult<NodeAttributes>>> Attributes { get; set; } = () => (FsResult<NodeAttributes>)default(NodeAttributes);

    public Func<ValueTask<FsResult<FileReadiness>>> Poll { get; set; } = () => (FsResult<FileReadiness>)FileReadiness.Read;

    /// <summary>What every member gives that has an errno alone.</summary>
    public Func<ValueTask<Errno>> Change { get; set; } = () => new(Errno.Success);

    public Func<FileType> Type { get; set; } = () => FileType.RegularFile;

    public Action OnRelease { get; set; } = () => { };

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        Attach?.Invoke() ?? new(new Directory(this));

    private sealed class Directory(LyingMount mount) : VirtualDirectory
    {
        public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) => mount.Lookup?.Invoke() ?? name switch
        {
            "f" => (FsResult<VirtualNode>)new Node(mount),
            "l" => (FsResult<VirtualNode>)new Link(mount),
            "d" => (FsResult<VirtualNode>)new Directory(mount),
            _ => (FsResult<VirtualNode>)Errno.NoEnt,
        };

        public override IAsyncEnumerable<DirectoryEntry> EnumerateAsync(CancellationToken cancellationToken) =>
            mount.Enumerate is null ? Nothing(cancellationToken) : mount.Enumerate();

        public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken) => mount.Create!();

        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => mount.Attributes();

        public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => mount.Change();

        public override ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken) => mount.Change();

        public override ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken) => mount.Change();

        public override ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken) => mount.Change();

        public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) => mount.Change();

        public override ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken) => mount.Change();

        public override ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken) =>
            mount.Change();

        public override void Release() => mount.OnRelease();

        private static async IAsyncEnumerable<DirectoryEntry> Nothing([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield break;
        }
    }

    private sealed class Link(LyingMount mount) : VirtualSymlink
    {
        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => mount.Attributes();

        public override ValueTask<FsResult<string>> ReadTargetAsync(CancellationToken cancellationToken) => mount.Target!();

        public override void Release() => mount.OnRelease();
    }

    internal sealed class Node(LyingMount mount) : VirtualFile
    {
        public override FileType Type => mount.Type();

        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => mount.Attributes();

        public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => mount.Change();

        public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
            mount.Open?.Invoke() ?? (FsResult<FileHandle>)new Handle(mount);

        public override void Release() => mount.OnRelease();
    }

    private sealed class Handle(LyingMount mount) : FileHandle
    {
        public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) => mount.Read();

        public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken) => mount.Write();

        public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken) => mount.Append();

        public override ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken) => mount.Poll();

        public override ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken) => mount.Change();

        public override ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken) => mount.Change();

        public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => mount.Change();

        public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken) => mount.Change();
    }
}
