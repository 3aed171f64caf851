using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Secrets.Files;

/// <summary>Reads a value as it was when the secret was opened.</summary>
internal sealed class SecretHandle(SecretValue value) : FileHandle
{
    internal override bool IsSynchronous => true;

    public override long? KnownSize => value.Length;

    /// <summary>What <c>stat</c> shows of a value.</summary>
    public static NodeAttributes AttributesOf(SecretValue value) =>
        new((ulong)value.Length, Accessed: value.Modified, Modified: value.Modified, Changed: value.Modified);

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)AttributesOf(value);

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        var rest = From(offset);
        var count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination.Span);
        return (FsResult<int>)count;
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        value.Release();
        return new(Errno.Success);
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = destination.CopyFrom(From(offset));
        return true;
    }

    private ReadOnlySpan<byte> From(long offset) => offset >= value.Length ? default : value.Span[(int)offset..];
}
