using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// The calls of one guest that its observer is still to be told of: records (<see cref="HostCallRecord"/>) one behind the other, of which the last one may not
/// have ended. Used by one thread at a time.
/// </summary>
/// <param name="guest">Whose memory the texts and what was written are copied from.</param>
/// <param name="wantsTimes">Whether to look at the clock.</param>
internal sealed class HostCallBuffer(ObservedGuest guest, bool wantsTimes) : IDisposable
{
    // 256 KiB, which are some 3,000 calls. A guest that has more waits until another thread has told them, which costs 20 us and moves all of it from one
    // processor's cache to another's.
    private const int MaxWords = 32 << 10;

    // 64 KiB, which the processor's own cache holds: with more, the guest should leave its stack, which costs some microseconds.
    private const int ManyWords = 8 << 10;

    // What most guests need.
    private const int FirstWords = 512;
    private const int FirstCalls = 16;

    private const int None = -1;

    // Behind a call that has begun there is room for as much as most calls' ends take: the number of ranges, and one range with 8 bytes.
    private const int Slack = 3;

    // Where the arguments are in each record, and what the first word says of it.
    private readonly int _arguments = HostCallRecord.Head + (wantsTimes ? HostCallRecord.Times : 0);
    private readonly ulong _timed = wantsTimes ? HostCallRecord.Timed : 0;
    private readonly MemoryWrites _writes = new();
    private ulong[] _words = ArrayPool<ulong>.Shared.Rent(FirstWords);
    private HostCallSignature[] _functions = new HostCallSignature[FirstCalls];
    private int _count;
    private int _open = None;

    /// <summary>What notes which bytes are written in the call that has begun.</summary>
    public MemoryWrites Writes => _writes;

    /// <summary>Words in all records.</summary>
    public int Used { get; private set; }

    /// <summary>Whether it is time that the observer is told.</summary>
    public bool HasMany => Used >= ManyWords;

    /// <summary>Whether there is no room for more.</summary>
    public bool IsFull => Used >= MaxWords;

    /// <summary>The places for the results of the call that has begun; none if there is no such call.</summary>
    public Span<ulong> Results
    {
        get
        {
            if (_open == None) return [];
            var function = _functions[_count - 1];
            return _words.AsSpan(_open + _arguments + function.ParameterCount, function.ResultWords);
        }
    }

    /// <summary>A call of a function with no more parameters than <see cref="CallArguments"/> has begins.</summary>
    public void Open(HostCallSignature function, in CallArguments arguments)
    {
        ref var first = ref Unsafe.Add(ref Open(function), _arguments);
        var count = function.ParameterCount;
        var wide = function.WideArguments;
        for (var index = 0; index < count; index++) Unsafe.Add(ref first, index) = (wide & (1u << index)) != 0 ? arguments[index] : (uint)arguments[index];
        if (!function.Texts.IsEmpty) AppendTexts(function, arguments);
    }

    /// <summary>A call of a function without texts begins.</summary>
    /// <returns>The places for its arguments.</returns>
    public Span<ulong> OpenArguments(HostCallSignature function)
    {
        Open(function);
        return _words.AsSpan(_open + _arguments, function.ParameterCount);
    }

    /// <summary>The call that began last has ended, if it was not forgotten.</summary>
    /// <param name="outcome">What came of it.</param>
    /// <param name="isInPlace">Whether what was written is left in the guest's memory.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryClose(HostCallOutcome outcome, bool isInPlace)
    {
        if (_open == None) return false;
        var ranges = _writes.Ranges;
        if (ranges.IsEmpty) _words[Used++] = 0;
        else if (isInPlace && ranges.Length == 1) AppendRange(ranges[0]);
        else if (isInPlace) AppendRanges(ranges);
        else AppendWritten(ranges, (int)_writes.TotalBytes);
        ref var record = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_words), _open);
        Unsafe.Add(ref record, HostCallRecord.Length) = (uint)(Used - _open) | _timed | (isInPlace ? HostCallRecord.InPlace : 0);
        Unsafe.Add(ref record, HostCallRecord.Outcome) = outcome.Bits;
        if (wantsTimes) Unsafe.Add(ref record, HostCallRecord.Ended) = (ulong)Stopwatch.GetTimestamp();
        _open = None;
        return true;
    }

    /// <summary>A call. Where it begins is not checked.</summary>
    /// <param name="index">How many were written down before it.</param>
    /// <param name="position">Where it begins.</param>
    /// <param name="number">What it is for the observer.</param>
    /// <param name="hasEnded">Whether its end is shown, if it has one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public HostCall At(int index, int position, long number, bool hasEnded)
    {
        ref var record = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_words), position);
        var length = (int)(uint)record;
        return new HostCall(
            _functions[index], number, MemoryMarshal.CreateReadOnlySpan(ref record, length == 0 ? Used - position : length), guest, hasEnded && length != 0);
    }

    /// <summary>How many words a call takes, or 0 if it has not ended.</summary>
    public int LengthAt(int position) => (int)(uint)_words[position + HostCallRecord.Length];

    /// <summary>Forgets all calls, also one that has not ended.</summary>
    public void Clear() => (Used, _count, _open) = (0, 0, None);

    public void Dispose()
    {
        Clear();
        ArrayPool<ulong>.Shared.Return(_words);
        _words = [];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref ulong Open(HostCallSignature function)
    {
        _writes.Clear();
        var start = Used;
        var results = function.ResultWords;
        var length = _arguments + function.ParameterCount + results;
        if (_count == _functions.Length) Array.Resize(ref _functions, 2 * _count);
        MakeRoom(length + Slack);
        _functions[_count++] = function;
        (_open, Used) = (start, start + length);
        ref var record = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_words), start);
        Unsafe.Add(ref record, HostCallRecord.Length) = _timed;
        if (wantsTimes)
        {
            Unsafe.Add(ref record, HostCallRecord.Began) = (ulong)Stopwatch.GetTimestamp();
            Unsafe.Add(ref record, HostCallRecord.Ended) = 0;
        }

        if (results != 0) _words.AsSpan(start + length - results, results).Clear();
        return ref record;
    }

    private void AppendTexts(HostCallSignature function, in CallArguments arguments)
    {
        foreach (var index in function.Texts) AppendText(arguments.U32(index), arguments.U32(index + 1));
        MakeRoom(Slack);
    }

    private void AppendText(uint address, uint length)
    {
        ReadOnlySpan<byte> text = [];
        var isThere = guest.Memory.Contains(address, length) && guest.Memory.TryGetSpan(address, Math.Min(length, HostCall.MaxTextBytes), out text);
        MakeRoom(1 + HostCallRecord.WordsOf((uint)text.Length));
        _words[Used++] = isThere ? (ulong)text.Length : HostCallRecord.Missing;
        AppendBytes(text);
    }

    // There is room for it.
    private void AppendRange(ulong range)
    {
        _words[Used] = 1;
        _words[Used + 1] = range;
        Used += 2;
    }

    private void AppendRanges(ReadOnlySpan<ulong> ranges)
    {
        MakeRoom(1 + ranges.Length);
        _words[Used++] = (ulong)ranges.Length;
        ranges.CopyTo(_words.AsSpan(Used));
        Used += ranges.Length;
    }

    // The most usual result is one number of 32 or 64 bits.
    private void AppendWritten(ReadOnlySpan<ulong> ranges, int bytes)
    {
        if (ranges.Length > 1 || bytes > sizeof(ulong)) MakeRoom(1 + (2 * ranges.Length) + (bytes / sizeof(ulong)));
        _words[Used++] = (ulong)ranges.Length;
        ref readonly var memory = ref guest.Memory;
        foreach (var range in ranges)
        {
            _words[Used++] = range;
            var (address, length) = (HostCallRecord.AddressOf(range), HostCallRecord.LengthOf(range));
            if (!memory.TryGetSpan(address, length, out var written)) throw new InvalidOperationException("What was written does not lie in the memory.");
            if (length == sizeof(uint)) _words[Used++] = Unsafe.ReadUnaligned<uint>(in MemoryMarshal.GetReference(written));
            else if (length == sizeof(ulong)) _words[Used++] = Unsafe.ReadUnaligned<ulong>(in MemoryMarshal.GetReference(written));
            else AppendBytes(written);
        }
    }

    // There is room for them.
    private void AppendBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        var words = _words.AsSpan(Used, HostCallRecord.WordsOf((uint)bytes.Length));
        words[^1] = 0;
        bytes.CopyTo(MemoryMarshal.AsBytes(words));
        Used += words.Length;
    }

    // A record is never split: there may be one more than there is room for.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MakeRoom(int words)
    {
        if (Used + words > _words.Length) Grow(Used + words);
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<ulong>.Shared.Rent(Math.Max(needed, 2 * _words.Length));
        _words.AsSpan(0, Used).CopyTo(larger);
        ArrayPool<ulong>.Shared.Return(_words);
        _words = larger;
    }
}
