using System.Buffers;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>An application's mount as docs/mounts.md has it: every name is one file, in an array.</summary>
internal sealed class ArrayMount(int length) : IVirtualMount
{
    private readonly byte[] _content = new byte[length];

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) => new(new Root(_content));

    private sealed class Root(byte[] content) : VirtualDirectory
    {
        public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
            (FsResult<VirtualNode>)new Node(content);

        public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield break;
        }
    }

    private sealed class Node(byte[] content) : VirtualFile
    {
        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
            (FsResult<NodeAttributes>)new NodeAttributes((ulong)content.Length);

        public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
            (FsResult<FileHandle>)new Handle(content);
    }

    private sealed class Handle(byte[] content) : FileHandle
    {
        public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
        {
            var source = content.AsSpan((int)offset);
            var count = Math.Min(source.Length, destination.Length);
            source[..count].CopyTo(destination.Span);
            return (FsResult<int>)count;
        }

        public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
        {
            source.CopyTo(content.AsSpan((int)offset));
            return (FsResult<long>)source.Length;
        }
    }
}
