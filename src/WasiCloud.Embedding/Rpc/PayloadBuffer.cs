using System.Buffers;

namespace WasiCloud.Embedding.Rpc;

/// <summary>One message, in pooled pieces: what is written is never moved. Not thread-safe.</summary>
/// <param name="limit">How long the message may be, in bytes.</param>
internal sealed class PayloadBuffer(int limit) : IBufferWriter<byte>
{
    private const int SmallestPiece = 256;
    private const int LargestPiece = 64 << 10;

    private readonly Piece _first = new();
    private Piece? _last;
    private int _nextPiece = SmallestPiece;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>
    /// Whether pieces that begin from now on are pooled; others are new, and zero until they are written to. Then <see cref="Clear"/> must not be called.
    /// </summary>
    public bool IsPooled { get; set; } = true;

    /// <summary>Whether so many more bytes are allowed.</summary>
    public bool HasRoom(long count) => count <= limit - Length;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var size = Math.Max(sizeHint, 1);
        if (_last is null || _last.Free.Length < size) Add(size);
        return _last!.Free;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Takes bytes that were written to the last <see cref="GetMemory"/>.</summary>
    /// <exception cref="RpcException">The message is too long.</exception>
    public void Advance(int count)
    {
        if (!HasRoom(count)) throw new RpcException(RpcError.TooLarge, $"The message is longer than the allowed {limit} bytes.");
        if (count > 0) _last!.Advance(count);
        Length += count;
    }

    /// <summary>The message.</summary>
    public ReadOnlySequence<byte> AsSequence() => Length == 0 ? default : new ReadOnlySequence<byte>(_first, 0, _last!, _last!.Memory.Length);

    /// <summary>Gives the memory back.</summary>
    public void Clear()
    {
        for (var piece = _last is null ? null : _first; piece is not null; piece = piece.Clear())
        {
        }

        (_last, _nextPiece, Length) = (null, SmallestPiece, 0);
    }

    // Pieces double, so that many small writes are few pieces.
    private void Add(int size)
    {
        // A piece that nothing was written to is made larger instead.
        if (_last is { Memory.Length: 0 })
        {
            _last.Resize(Math.Max(size, _nextPiece), IsPooled);
            return;
        }

        var piece = _last is null ? _first : new Piece();
        piece.Open(Math.Max(size, _nextPiece), _last, IsPooled);
        _last = piece;
        _nextPiece = Math.Min(_nextPiece * 2, LargestPiece);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        private byte[] _bytes = [];

        public Memory<byte> Free => _bytes.AsMemory(Memory.Length);

        public void Open(int size, Piece? previous, bool isPooled)
        {
            _bytes = isPooled ? ArrayPool<byte>.Shared.Rent(size) : new byte[size];
            (Memory, Next, RunningIndex) = (default, null, 0);
            if (previous is null) return;
            previous.Next = this;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
        }

        public void Resize(int size, bool isPooled)
        {
            if (isPooled) ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = isPooled ? ArrayPool<byte>.Shared.Rent(size) : new byte[size];
        }

        public void Advance(int count) => Memory = _bytes.AsMemory(0, Memory.Length + count);

        /// <summary>Gives the memory back.</summary>
        /// <returns>The next piece.</returns>
        public Piece? Clear()
        {
            var next = (Piece?)Next;
            ArrayPool<byte>.Shared.Return(_bytes);
            (_bytes, Memory, Next) = ([], default, null);
            return next;
        }
    }
}
