using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>A mount at <c>/test</c> with one file, <c>file</c>, that does what the test says. Reads are of 0 bytes, writes are accepted.</summary>
internal sealed class TestMount : IVirtualMount
{
    public Func<CancellationToken, ValueTask> OnAttach { get; init; } = _ => default;

    public Func<CancellationToken, ValueTask> OnLookup { get; init; } = _ => default;

    public Func<CancellationToken, ValueTask<FsResult<int>>> OnRead { get; init; } = _ => new(0);

    public Func<CloseReason, CancellationToken, ValueTask<Errno>> OnClose { get; init; } = (_, _) => new(Errno.Success);

    public Action OnRelease { get; init; } = () => { };

    public async ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        await OnAttach(cancellationToken);
        return new Root(this);
    }

    private sealed class Root(TestMount mount) : VirtualDirectory
    {
        public override async ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
        {
            await mount.OnLookup(cancellationToken);
            return name == "file" ? new TestFile(mount) : Errno.NoEnt;
        }

        public override IAsyncEnumerable<DirectoryEntry> EnumerateAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public override void Release() => mount.OnRelease();
    }

    private sealed class TestFile(TestMount mount) : VirtualFile
    {
        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(new NodeAttributes());

        public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) => new(new Handle(mount));
    }

    private sealed class Handle(TestMount mount) : FileHandle
    {
        public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) =>
            mount.OnRead(cancellationToken);

        public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken) =>
            new(source.Length);

        public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken) => mount.OnClose(reason, cancellationToken);
    }
}
