using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>Reads what is known of a key; what is written is one JSON object, wherever it is written, and takes effect at close or fsync.</summary>
internal sealed class MetaHandle(KeyValueAttachment attachment, string key, ReadOnlyMemory<byte> content, FileAccess access) : FileHandle
{
    // {"ttl":1e-300} and white space; nothing sensible is longer.
    private const int MaxWrittenBytes = 1024;

    private byte[]? _written;
    private int _length;

    internal override bool MayBorrowGuestMemory => true;

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (!access.HasFlag(FileAccess.Read)) return (FsResult<int>)Errno.BadF;
        var rest = offset < content.Length ? content[(int)offset..] : default;
        var count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return (FsResult<int>)count;
    }

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var end = Append(source);
        return end.Error == Errno.Success ? (FsResult<long>)source.Length : (FsResult<long>)end.Error;
    }

    public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken) => Append(source);

    public override async ValueTask<Errno> FlushAsync(CancellationToken cancellationToken)
    {
        if (_length == 0) return Errno.Success;
        var isValid = MetaText.TryReadTimeToLive(_written.AsSpan(0, _length), out var timeToLive);
        _length = 0;
        return isValid ? await TimeToLive.SetAsync(attachment, key, timeToLive, cancellationToken).ConfigureAwait(false) : Errno.Inval;
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken) =>
        reason == CloseReason.Closed ? FlushAsync(cancellationToken) : new(Errno.Success);

    private FsResult<long> Append(ReadOnlySequence<byte> source)
    {
        if (!access.HasFlag(FileAccess.Write)) return Errno.BadF;
        if (source.Length > MaxWrittenBytes - _length) return Errno.FBig;
        _written ??= new byte[MaxWrittenBytes];
        source.CopyTo(_written.AsSpan(_length));
        _length += (int)source.Length;
        return _length;
    }
}
