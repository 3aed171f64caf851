using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>One host call of a guest, as an observer sees it. Valid while it is told.</summary>
public readonly ref struct HostCall
{
    /// <summary>As much as a path may have: of a longer text, the first so many bytes are shown.</summary>
    public const int MaxTextBytes = 4096;

    private readonly ReadOnlySpan<ulong> _record;
    private readonly bool _hasEnded;

    /// <summary>Reads a record.</summary>
    /// <param name="function">The function.</param>
    /// <param name="number">The number of the call.</param>
    /// <param name="record">As <see cref="HostCallRecord"/> describes it.</param>
    /// <param name="guest">Who called.</param>
    /// <param name="hasEnded">Whether its end is shown: a call of a guest on a fiber may have ended before it is told that it began.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal HostCall(HostCallSignature function, long number, ReadOnlySpan<ulong> record, ObservedGuest guest, bool hasEnded)
    {
        _record = record;
        _hasEnded = hasEnded;
        (Function, Number, Guest) = (function, number, guest);
    }

    /// <summary>Who called.</summary>
    public ObservedGuest Guest { get; }

    /// <summary>What was called.</summary>
    public HostCallSignature Function { get; }

    /// <summary>How many calls the guest has begun before this one.</summary>
    public long Number { get; }

    /// <summary>What came of it, once it has ended; before, <see cref="FileSystem.Errno.Success"/>.</summary>
    public HostCallOutcome Outcome => _hasEnded ? new(_record[HostCallRecord.Outcome]) : default;

    /// <summary>When it began, in ticks of <see cref="Stopwatch"/>; 0 unless the observer wants times.</summary>
    public long Began => HostCallRecord.IsTimed(_record) ? (long)_record[HostCallRecord.Began] : 0;

    /// <summary>When it ended, in ticks of <see cref="Stopwatch"/>; 0 unless the observer wants times, and before it has ended.</summary>
    public long Ended => _hasEnded && HostCallRecord.IsTimed(_record) ? (long)_record[HostCallRecord.Ended] : 0;

    /// <summary>How long it took, waiting included.</summary>
    public TimeSpan Duration => Stopwatch.GetElapsedTime(Began, Ended);

    /// <summary>
    /// How many results the guest got: those of <see cref="HostCallSignature.Results"/>, or 0 before the call has ended, and if the guest did not come back
    /// from it.
    /// </summary>
    public int ResultCount => _hasEnded && Outcome.IsCompleted ? Function.ResultCount : 0;

    /// <summary>What the host has written into the guest's memory, once the call has ended; before, nothing.</summary>
    public HostCallWrites Writes =>
        new(_hasEnded ? _record[HostCallRecord.WritesIn(_record, Function)..] : [], HostCallRecord.IsInPlace(_record), Guest);

    /// <summary>An argument as the guest passed it.</summary>
    /// <param name="index">Which.</param>
    /// <returns>Its bits; those of a 32-bit one are the lower half, and the upper one is 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public ulong GetArgument(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Function.ParameterCount);
        return _record[HostCallRecord.ArgumentsIn(_record) + index];
    }

    /// <summary>A result as the guest got it.</summary>
    /// <param name="index">Which of <see cref="ResultCount"/>.</param>
    /// <returns>Its bits; those of a 32-bit one are the lower half, and the upper one is 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public ulong GetResult(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, ResultCount);
        return Function.ReturnsErrno ? (ulong)Outcome.Error : _record[HostCallRecord.ResultsIn(_record, Function) + index];
    }

    /// <summary>A text that the guest passed, as it was when the call began.</summary>
    /// <param name="index">The parameter that is its address (<see cref="HostCallParameterRole.Text"/>).</param>
    /// <param name="text">What a guest wrote: any bytes, the first <see cref="MaxTextBytes"/> of them. The next argument is their number.</param>
    /// <returns>Whether it lies in the guest's memory, and the parameter is one.</returns>
    public bool TryGetText(int index, out ReadOnlySpan<byte> text)
    {
        var position = HostCallRecord.TextsIn(_record, Function);
        foreach (var candidate in Function.Texts)
        {
            var length = _record[position++];
            var isMissing = length == HostCallRecord.Missing;
            if (candidate == index)
            {
                text = isMissing ? default : MemoryMarshal.AsBytes(_record[position..])[..(int)length];
                return !isMissing;
            }

            if (!isMissing) position += HostCallRecord.WordsOf((uint)length);
        }

        text = default;
        return false;
    }
}
