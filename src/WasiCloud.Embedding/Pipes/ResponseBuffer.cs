using System.Buffers;
using System.Numerics;

namespace WasiCloud.Embedding.Pipes;

/// <summary>The memory of one response after another: where its pipe's segments come from, what they hold, and whether the guest may add to it.</summary>
/// <param name="budget">What the host's responses share.</param>
/// <param name="maxBytes">What this may hold however much is left, in bytes.</param>
/// <remarks>
/// A pipe's own threshold counts what was not examined, and the pipe holds what was not consumed, in whole segments. So the pipe has no threshold, and this
/// counts its segments.
/// </remarks>
internal sealed class ResponseBuffer(ResponseBudget budget, int maxBytes)
{
    /// <summary>What each response may hold even if the budget is used up, in bytes: nobody waits for another's reader.</summary>
    public const int FloorBytes = 16 << 10;

    /// <summary>
    /// What a write that need not wait takes as a whole, as that of a pipe of POSIX does (<c>PIPE_BUF</c>). It may go beyond the other limits by that.
    /// </summary>
    public const int AtomicBytes = 4 << 10;

    // Few bytes get a segment of 4 KiB, so that 10,000 waiting guests that wrote a few bytes hold 40 MB. What is large, or follows so much, gets segments of
    // this size: they are few enough for the shared array pool to keep (1 GiB in writes of 4 KiB allocated 755 MiB with 4 KiB segments).
    private const int SegmentBytes = 64 << 10;

    private long _heldBytes;
    private volatile bool _isReaderWaiting;
    private TaskCompletionSource? _room;

    // A response that nobody disposed leaves its memory to the collector, and nobody else could tell the budget, which must not shrink for ever.
#pragma warning disable MA0055
    ~ResponseBuffer() => budget.Add(-_heldBytes);
#pragma warning restore MA0055

    /// <summary>Bytes that the pipe holds, as they were allocated.</summary>
    public long HeldBytes => Volatile.Read(ref _heldBytes);

    /// <summary>What may be held at this moment, in bytes.</summary>
    private long Window => Math.Min(maxBytes, Math.Max(FloorBytes, budget.Share));

    /// <summary>Whether a write need not wait.</summary>
    /// <param name="free">Bytes that the last segment has left.</param>
    public bool HasRoom(int free)
    {
        var used = HeldBytes - free;

        // Whoever reads has seen all there is and waits for more: it would wait for ever.
        return used < Math.Min(FloorBytes, maxBytes) || _isReaderWaiting || used < Window;
    }

    /// <summary>What a write that need not wait may bring, in bytes.</summary>
    /// <param name="free">Bytes that the last segment has left.</param>
    public int MaxWrite(int free) => (int)Math.Clamp(Window - HeldBytes + free, Math.Min(AtomicBytes, maxBytes), maxBytes);

    /// <summary>What a write that need not wait may bring whatever other responses do meanwhile, in bytes.</summary>
    public int SureWrite => Math.Min(maxBytes, HeldBytes == 0 ? FloorBytes : AtomicBytes);

    /// <summary>How large the next segment is to be.</summary>
    /// <param name="length">The bytes for which it is.</param>
    /// <param name="isLong">Whether more is to be expected.</param>
    public int NextSegment(int length, bool isLong)
    {
        var wanted = isLong ? SegmentBytes : Math.Min(length, SegmentBytes);
        var room = Window - HeldBytes;

        // The pool's arrays have powers of two: the next smaller one, so that what is held stays in the window.
        return room >= SegmentBytes ? wanted : Math.Min(wanted, 1 << BitOperations.Log2((uint)Math.Max(room, AtomicBytes)));
    }

    /// <summary>Waits until a write may find room; or not, if it has become less meanwhile.</summary>
    /// <param name="free">Bytes that the last segment has left.</param>
    public Task WhenRoomAsync(int free)
    {
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        room = Interlocked.CompareExchange(ref _room, room, null) ?? room;
        if (HasRoom(free)) Wake();
        return room.Task;
    }

    /// <summary>Lets whoever waits for room look again.</summary>
    public void Wake() => Interlocked.Exchange(ref _room, null)?.TrySetResult();

    /// <summary>The reader has seen everything that there is.</summary>
    public void ReaderWaits()
    {
        if (!_isReaderWaiting) _isReaderWaiting = true;
        Interlocked.MemoryBarrier();
        if (_room is not null) Wake();
    }

    /// <summary>The reader is about to see more.</summary>
    public void ReaderGets()
    {
        if (_isReaderWaiting) _isReaderWaiting = false;
    }

    /// <summary>Begins anew, after the pipe was completed on both sides.</summary>
    public void Reset() => (_isReaderWaiting, _room) = (false, null);

    /// <summary>Where the one pipe gets its segments, and leaves them. It does so under its own lock, so that this needs none.</summary>
    public MemoryPool<byte> CreatePool() => new Pool(this);

    // Under the pipe's lock.
    private void Add(int bytes)
    {
        Volatile.Write(ref _heldBytes, _heldBytes + bytes);
        budget.Add(bytes);

        // Half is left, so that a guest is not woken for each segment.
        if (bytes < 0 && _room is not null && HeldBytes <= Window / 2) Wake();
    }

    private sealed class Pool(ResponseBuffer buffer) : MemoryPool<byte>
    {
        // Of the small objects around the segments, not of memory.
        private const int MaxSpare = 16;

        private Segment? _spare;
        private int _spareCount;

        public override int MaxBufferSize => SegmentBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            var segment = _spare ?? new Segment(this);
            if (_spare is not null) (_spare, _spareCount) = (segment.Next, _spareCount - 1);
            buffer.Add(segment.Take(ArrayPool<byte>.Shared.Rent(Math.Max(minBufferSize, AtomicBytes))));
            return segment;
        }

        public void Return(Segment segment, byte[] array)
        {
            ArrayPool<byte>.Shared.Return(array);
            if (_spareCount < MaxSpare) (segment.Next, _spare, _spareCount) = (_spare, segment, _spareCount + 1);
            buffer.Add(-array.Length);
        }

        // The pipe's segments end with the pipe.
        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class Segment(Pool pool) : IMemoryOwner<byte>
    {
        private byte[]? _array;

        public Segment? Next { get; set; }

        public Memory<byte> Memory => _array;

        public int Take(byte[] array)
        {
            (_array, Next) = (array, null);
            return array.Length;
        }

        public void Dispose()
        {
            if (_array is not { } array) return;
            _array = null;
            pool.Return(this, array);
        }
    }
}
