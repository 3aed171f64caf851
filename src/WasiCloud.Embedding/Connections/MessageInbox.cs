using System.Diagnostics;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Connections;

/// <summary>
/// The messages that have arrived and wait for the guest, between the one who receives and the guest. Thread-safe, but for what only the receiver calls.
/// </summary>
/// <param name="maxMessageBytes">The longest message.</param>
internal sealed class MessageInbox(int maxMessageBytes)
{
    private const int FirstBufferBytes = 4 << 10;

    // What may wait, as it is allocated: then the client's close, which is behind it, is seen though the guest is busy.
    private const int AheadBytes = 64 << 10;

    private readonly Lock _lock = new();
    private readonly ChangeSignal _changed = new();
    private readonly WakeSignal _taken = new();
    private readonly Queue<(byte[] Buffer, int Length)> _waiting = new();

    // Of the first that waits, what was read already.
    private int _start;
    private int _messages;
    private int _waitingBytes;

    // The receiver's.
    private byte[] _buffer = [];
    private bool _isAtEnd;
    private bool _isBroken;
    private bool _isStopping;
    private volatile bool _isDraining;

    /// <summary>A task that completes when something may be different. Take it before looking.</summary>
    public Task Changed => _changed.Next;

    /// <summary>How many messages the guest has begun to read.</summary>
    public int Taken => Volatile.Read(ref _messages);

    /// <summary>Whether reading would not wait.</summary>
    public bool IsReady
    {
        get
        {
            lock (_lock) return _waiting.Count > 0 || IsOver;
        }
    }

    /// <summary>What is left of the message that is read next, in bytes; 0 if there is none.</summary>
    public int NextBytes
    {
        get
        {
            lock (_lock) return First.Length;
        }
    }

    /// <summary>What is left of the message that was read in part, in bytes.</summary>
    public int RestBytes
    {
        get
        {
            lock (_lock) return _start > 0 ? First.Length : 0;
        }
    }

    /// <summary>Whether nobody wants what is received any more.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>Whether there is a buffer. The receiver waits without one, so that an idle connection holds none.</summary>
    public bool HasBuffer => _buffer.Length > 0;

    private bool IsOver => _isAtEnd || _isStopping;

    private ReadOnlySpan<byte> First => _waiting.TryPeek(out var first) ? first.Buffer.AsSpan(_start..first.Length) : default;

    /// <summary>Takes what is there of one message.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="result">How many bytes, 0 at the end, or <see cref="Errno.ConnReset"/> if the connection broke.</param>
    /// <returns>Whether there is something.</returns>
    public bool TryTake(IoVectors destination, out FsResult<int> result)
    {
        lock (_lock)
        {
            var count = destination.CopyFrom(First);
            return Took(count, out result);
        }
    }

    /// <summary>Waits for a message and takes what fits of it.</summary>
    public async ValueTask<FsResult<int>> TakeAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Changed;
            lock (_lock)
            {
                var count = Math.Min(First.Length, destination.Length);
                First[..count].CopyTo(destination.Span);
                if (Took(count, out var result)) return result;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The guest is to end: reads are at their end after what is there.</summary>
    public void Stop()
    {
        lock (_lock) _isStopping = true;
        _changed.Raise();
    }

    /// <summary>Nothing more will be received.</summary>
    /// <param name="isBroken">Whether the client went without a word.</param>
    public void End(bool isBroken)
    {
        lock (_lock) (_isAtEnd, _isBroken) = (true, isBroken);
        _changed.Raise();
    }

    /// <summary>The guest has ended: nobody wants what is received from now on, nor what is there.</summary>
    public void Drain()
    {
        lock (_lock)
        {
            _isDraining = true;
            while (_waiting.Count > 0) RemoveFirst();
        }

        _taken.Set();
    }

    /// <summary>What is received from now on is not wanted: for the guest, this is the end. For the receiver.</summary>
    public void Refuse()
    {
        lock (_lock) (_isDraining, _isAtEnd) = (true, true);
        _changed.Raise();
    }

    /// <summary>Finds room for more of a message, of which there are some bytes already. For the receiver.</summary>
    public Memory<byte> Room(int length)
    {
        // The socket is the application's. What it is given it may still write to when it has said that it is done,
        // so nobody else is ever given the same; and it begins with zeros.
        if (_buffer.Length == 0) _buffer = new byte[FirstBufferBytes];
        if (length == _buffer.Length) Grow(length);
        return _buffer.AsMemory(length);
    }

    /// <summary>What has come of a message. For the receiver.</summary>
    public ReadOnlySpan<byte> Received(int length) => _buffer.AsSpan(0, length);

    /// <summary>Gives the guest the message, and waits until there is room for the next, or nobody wants it. For the receiver.</summary>
    public async ValueTask GiveAsync(int length)
    {
        lock (_lock)
        {
            if (_isDraining) return;
            _waiting.Enqueue((_buffer, length));
            _waitingBytes += _buffer.Length;
            _buffer = [];
        }

        _changed.Raise();
        while (IsFull()) await _taken.WaitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Lets go of the buffer. For the receiver.</summary>
    public void ReleaseBuffer() => _buffer = [];

    private bool Took(int count, out FsResult<int> result)
    {
        result = 0;
        if (_waiting.Count == 0)
        {
            if (_isBroken && !_isStopping) result = Errno.ConnReset;
            return IsOver;
        }

        if (_start == 0) _messages++;
        result = count;
        _start += count;
        if (!First.IsEmpty) return true;
        RemoveFirst();
        _taken.Set();
        return true;
    }

    private void RemoveFirst()
    {
        var (buffer, _) = _waiting.Dequeue();
        (_start, _waitingBytes) = (0, _waitingBytes - buffer.Length);
    }

    private bool IsFull()
    {
        _taken.Reset();
        lock (_lock) return _waitingBytes >= AheadBytes && !_isDraining;
    }

    private void Grow(int length)
    {
        var larger = new byte[(int)Math.Min(2L * length, maxMessageBytes + 1L)];
        _buffer.AsSpan(0, length).CopyTo(larger);
        Debug.Assert(larger.Length > length, "a message that fills the largest buffer is too long");
        _buffer = larger;
    }
}
