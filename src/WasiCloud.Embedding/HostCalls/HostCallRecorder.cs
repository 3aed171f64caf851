using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// Writes down the calls of one guest and tells its observer: of a guest on a thread at once, of one on a fiber when the guest has left its stack, on which
/// only this library's code runs.
/// Used by one thread at a time.
/// </summary>
internal sealed class HostCallRecorder : IDisposable
{
    // 256 KiB, which are some 3,000 calls. With more the guest leaves its stack, or waits until another thread has told them, which costs 20 us.
    private const int MaxWords = 32 << 10;

    // What most guests need.
    private const int FirstWords = 512;
    private const int FirstCalls = 16;

    private const int None = -1;

    // What is copied of one call on a fiber; of one that wrote more, the observer is told while the guest is still in it.
    private const uint MaxCopiedBytes = 4096;

    private readonly ObservedGuest _guest;
    private readonly MemoryWrites _writes = new();
    private readonly Action<Exception> _failed;
    private readonly bool _wantsTimes;
    private HostCallObserver? _observer;

    // Records one behind the other, and the function of each. The last one may not have ended.
    private ulong[] _words = ArrayPool<ulong>.Shared.Rent(FirstWords);
    private HostCallSignature[] _functions = new HostCallSignature[FirstCalls];
    private int _used;
    private int _count;
    private int _open = None;

    // Where in both the observer is, and whether it was told that the call there began.
    private int _position;
    private int _index;
    private bool _hasBegun;
    private long _number;

    /// <summary>Begins with a guest.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="observer">Is told.</param>
    /// <param name="failed">Is told once what the observer threw.</param>
    public HostCallRecorder(ObservedGuest guest, HostCallObserver observer, Action<Exception> failed)
    {
        (_guest, _observer, _failed) = (guest, observer, failed);
        (_wantsTimes, AnswersCalls) = (observer.WantsTimes, observer.AnswersCalls);
    }

    /// <summary>Whether the observer is to be asked for answers, which cannot be done on a fiber.</summary>
    public bool AnswersCalls { get; }

    /// <summary>What notes which bytes are written.</summary>
    public MemoryWrites Writes => _writes;

    /// <summary>Whether the guest may not go on before the observer was told: what it wrote is still in its memory, or there is no room for more.</summary>
    public bool MustTell { get; private set; }

    /// <summary>A call begins, and the observer is told.</summary>
    public void Begin(HostCallSignature function, in CallArguments arguments)
    {
        BeginOnFiber(function, arguments);
        Tell();
    }

    /// <summary>A call begins.</summary>
    public void BeginOnFiber(HostCallSignature function, in CallArguments arguments)
    {
        if (_observer is null) return;
        var count = function.ParameterCount;
        var words = Open(function, count);
        var wide = function.WideArguments;
        for (var index = 0; index < count; index++) words[index] = (wide & (1u << index)) != 0 ? arguments[index] : (uint)arguments[index];
        foreach (var index in function.Texts) AppendText(arguments.U32(index), arguments.U32(index + 1));
    }

    /// <summary>A call of a function with any number of parameters begins.</summary>
    public void BeginOnFiber(HostCallSignature function, ReadOnlySpan<ulong> arguments)
    {
        if (_observer is not null) arguments.CopyTo(Open(function, arguments.Length));
    }

    /// <summary>The call that began last has ended, and the observer is told.</summary>
    public void End(HostCallOutcome outcome)
    {
        Close(outcome, mayBeInPlace: true);
        Tell();
    }

    /// <summary>The call that began last has ended.</summary>
    public void EndOnFiber(HostCallOutcome outcome) => Close(outcome, _writes.TotalBytes > MaxCopiedBytes);

    /// <summary>Asks the observer for an answer to the call that began last.</summary>
    /// <exception cref="InvalidOperationException">It answered what cannot be.</exception>
    public bool TryAnswer(out HostCallOutcome outcome)
    {
        outcome = default;
        if (_observer is not { } observer) return false;
        var function = _functions[_count - 1];
        var call = new HostCall(function, _number, _words.AsSpan(_open, _used - _open), _guest);
        if (!Asked(observer, in call, out outcome)) return false;
        var isPossible = outcome.Kind == HostCallOutcomeKind.Exited || (outcome.IsCompleted && function.ReturnsErrno && outcome.Error.IsDefined());
        return isPossible ? true : throw new InvalidOperationException($"The observer answered {function} with {outcome}, which is no answer.");
    }

    /// <summary>Tells the observer what it does not know. Not to be called on a fiber.</summary>
    public void Tell()
    {
        try
        {
            TellUnguarded();
        }
        catch (Exception exception)
        {
            _observer = null;
            Clear();
            _failed(exception);
        }
    }

    /// <summary>Ends with the guest.</summary>
    public void Dispose()
    {
        ArrayPool<ulong>.Shared.Return(_words);
        (_observer, _words) = (null, []);
        Clear();
    }

    // What it throws says nothing of the guest, not even if it is a cancellation.
    private bool Asked(HostCallObserver observer, in HostCall call, out HostCallOutcome outcome)
    {
        try
        {
            return observer.TryAnswer(in call, new HostCallMemory(_guest), out outcome);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"The observer failed to answer {call.Function}: {exception.Message}", exception);
        }
    }

    private void TellUnguarded()
    {
        while (_position < _used && _observer is { } observer)
        {
            var length = (int)(uint)_words[_position + HostCallRecord.Length];
            var hasEnded = length != 0;
            var call = new HostCall(_functions[_index], _number, _words.AsSpan(_position, hasEnded ? length : _used - _position), _guest);
            if (!_hasBegun) observer.CallBegan(in call);
            _hasBegun = true;
            if (!hasEnded) return;
            observer.CallEnded(in call);
            _hasBegun = false;
            _position += length;
            _index++;
            _number++;
        }

        Clear();
    }

    private void Clear() => (_used, _count, _open, _position, _index, MustTell) = (0, 0, None, 0, 0, false);

    // The words for the arguments of a new record.
    private Span<ulong> Open(HostCallSignature function, int arguments)
    {
        _writes.Clear();
        if (_count == _functions.Length) Array.Resize(ref _functions, 2 * _count);
        _functions[_count++] = function;
        _open = _used;
        var words = Take(HostCallRecord.Arguments + arguments);
        words[HostCallRecord.Length] = 0;
        words[HostCallRecord.Outcome] = 0;
        words[HostCallRecord.Began] = _wantsTimes ? (ulong)Stopwatch.GetTimestamp() : 0;
        words[HostCallRecord.Ended] = 0;
        return words[HostCallRecord.Arguments..];
    }

    private void Close(HostCallOutcome outcome, bool mayBeInPlace)
    {
        if (_open == None) return;
        var ranges = _writes.Ranges;
        Take(1)[0] = (ulong)ranges.Length;
        foreach (var range in ranges)
        {
            Take(1)[0] = range;
            if (!mayBeInPlace && _guest.Memory.TryGetSpan(HostCallRecord.AddressOf(range), HostCallRecord.LengthOf(range), out var bytes)) Append(bytes);
        }

        _words[_open + HostCallRecord.Length] = (uint)(_used - _open) | (mayBeInPlace ? HostCallRecord.InPlace : 0);
        _words[_open + HostCallRecord.Outcome] = outcome.Bits;
        if (_wantsTimes) _words[_open + HostCallRecord.Ended] = (ulong)Stopwatch.GetTimestamp();
        MustTell = mayBeInPlace || _used >= MaxWords;
        _open = None;
    }

    private void AppendText(uint address, uint length)
    {
        ReadOnlySpan<byte> text = [];
        var isThere = _guest.Memory.Contains(address, length) && _guest.Memory.TryGetSpan(address, Math.Min(length, HostCall.MaxTextBytes), out text);
        Take(1)[0] = isThere ? (ulong)text.Length : HostCallRecord.Missing;
        Append(text);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        var words = Take(HostCallRecord.WordsOf((uint)bytes.Length));
        words[^1] = 0;
        bytes.CopyTo(MemoryMarshal.AsBytes(words));
    }

    // A record is never split: there may be one more than there is room for.
    private Span<ulong> Take(int words)
    {
        var needed = _used + words;
        if (needed > _words.Length) Grow(needed);
        var taken = _words.AsSpan(_used, words);
        _used = needed;
        return taken;
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<ulong>.Shared.Rent(Math.Max(needed, 2 * _words.Length));
        _words.AsSpan(0, _used).CopyTo(larger);
        ArrayPool<ulong>.Shared.Return(_words);
        _words = larger;
    }
}
