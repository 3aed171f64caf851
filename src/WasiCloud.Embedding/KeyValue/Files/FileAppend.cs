using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>Commits appended bytes behind whatever the value is by then.</summary>
/// <remarks>
/// Within a host, those who append to one key come one after the other. Others who commit it meanwhile, and other hosts, are what is tried again.
/// </remarks>
internal sealed class FileAppend : IDisposable
{
    private readonly KeyValueAttachment _attachment;
    private readonly OpenFile _file;
    private readonly FileContent _content;
    private readonly int _readLength;
    private readonly HeldBytes _held;

    // The file keeps what its own content was read at until a commit succeeds: a later one that took these for the content's would undo what others appended.
    private ReadOnlyMemory<byte> _value;
    private long _revision;
    private DateTimeOffset? _expires;
    private bool _isBehind;

    private FileAppend(KeyValueAttachment attachment, OpenFile file, FileContent content, int readLength)
    {
        (_attachment, _file, _content, _readLength, _held) = (attachment, file, content, readLength, new HeldBytes(attachment));
        (_value, _revision, _expires) = (content.Memory, file.Revision, file.Expires);
    }

    /// <summary>Commits.</summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="file">The file.</param>
    /// <param name="content">What the handle sees; becomes what was committed.</param>
    /// <param name="readLength">How much of it was there before the appends.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns><see cref="Errno.Again"/> if other hosts come first for <see cref="RetryPauses.Patience"/>.</returns>
    public static async ValueTask<Errno> CommitAsync(
        KeyValueAttachment attachment, OpenFile file, FileContent content, int readLength, CancellationToken cancellationToken)
    {
        if (file.Key is not { } key) return Errno.Success;
        if (file.IsExclusive) return await FileCommit.PutAsync(attachment, file, content.Memory, cancellationToken).ConfigureAwait(false);
        using var append = new FileAppend(attachment, file, content, readLength);
        return await Contention.RepeatInTurnAsync(attachment, key, append, static (append, token) => append.TryAsync(token), cancellationToken)
            .ConfigureAwait(false);
    }

    public void Dispose() => _held.Dispose();

    private async ValueTask<Errno> TryAsync(CancellationToken cancellationToken)
    {
        if (_isBehind && await CatchUpAsync(cancellationToken).ConfigureAwait(false) is var error and not Errno.Success) return error;
        error = await FileCommit.PutAtAsync(_attachment, _file, _value, _revision, _expires, cancellationToken).ConfigureAwait(false);
        if (error == Errno.Again) _isBehind = true;
        if (error != Errno.Success) return error;

        // What the operation held is the content's now.
        _held.Dispose();
        return _content.Reset(_value);
    }

    private async ValueTask<Errno> CatchUpAsync(CancellationToken cancellationToken)
    {
        var entry = await _attachment.Backend.GetAsync(_file.Key!, _attachment.Options.MaxValueBytes, cancellationToken).ConfigureAwait(false);
        if (entry is { Value: null }) return Errno.FBig;
        var appended = _content.Memory[_readLength..];
        var size = (entry?.Size ?? 0) + appended.Length;
        if (size > _attachment.Options.MaxValueBytes) return Errno.FBig;

        // Before anything is committed: who has no room for the result must not have appended.
        _held.Dispose();
        if (!_held.TryAdd(size)) return Errno.NoMem;
        _value = Concatenate(entry?.Value ?? default, appended);
        (_revision, _expires) = (entry?.Revision ?? 0, entry?.Expires);
        return Errno.Success;
    }

    private static byte[] Concatenate(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(first.Length + second.Length);
        first.CopyTo(bytes);
        second.CopyTo(bytes.AsMemory(first.Length));
        return bytes;
    }
}
