using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Nodes;

/// <summary>Reads known content.</summary>
internal sealed class BytesHandle(ReadOnlyMemory<byte> content) : FileHandle
{
    internal override bool IsSynchronous => true;

    public override long? KnownSize => content.Length;

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        var rest = From(offset);
        var count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination.Span);
        return (FsResult<int>)count;
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = destination.CopyFrom(From(offset));
        return true;
    }

    private ReadOnlySpan<byte> From(long offset) => offset >= content.Length ? default : content.Span[(int)offset..];
}
