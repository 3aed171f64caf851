using System.Buffers;

namespace WasiCloud.Embedding.Topics;

/// <summary>One message, in pooled memory, that several subscribers wait to read. Used again when all have.</summary>
internal sealed class SharedMessage(Topic topic)
{
    private byte[] _bytes = [];
    private int _holders;
    private bool _isGivenAway;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    /// <summary>What the publisher fills after <see cref="Begin"/>.</summary>
    public Memory<byte> Writable => _bytes.AsMemory(0, Length);

    /// <summary>Begins a message, which the publisher holds and fills.</summary>
    public Span<byte> Begin(int length)
    {
        _bytes = ArrayPool<byte>.Shared.Rent(length);
        (Length, _holders, _isGivenAway) = (length, 1, false);
        return _bytes.AsSpan(0, length);
    }

    /// <summary>
    /// Code that is not this library's is given <see cref="Memory"/>, and may still read it when it has said that it is done: the bytes are never another
    /// message's.
    /// </summary>
    public void GiveAway() => _isGivenAway = true;

    /// <summary>One more needs it.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>One fewer needs it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) > 0) return;
        if (!_isGivenAway) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        topic.Return(this);
    }
}
