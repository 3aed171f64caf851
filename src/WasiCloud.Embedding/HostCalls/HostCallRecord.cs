namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// How a call is written down, in words of 64 bits: a head, when it began and ended if the observer wants times, the arguments, results other than an
/// errno, the texts, and what was written.
/// </summary>
/// <remarks>
/// A text is its length, or <see cref="Missing"/>, and its bytes. What was written is the number of ranges, and each range is its address and length in one
/// word and its bytes, unless those are still in the guest's memory. Bytes fill whole words.
/// </remarks>
internal static class HostCallRecord
{
    /// <summary>
    /// In the lower half, the whole length in words once the call has ended, before 0; in the upper, <see cref="InPlace"/> and <see cref="Timed"/>.
    /// </summary>
    public const int Length = 0;

    /// <summary><see cref="HostCallOutcome.Bits"/>.</summary>
    public const int Outcome = 1;

    /// <summary>Words of every head.</summary>
    public const int Head = 2;

    /// <summary>Words of the times.</summary>
    public const int Times = 2;

    /// <summary>When it began, if it is <see cref="Timed"/>.</summary>
    public const int Began = 2;

    /// <summary>When it ended, if it is <see cref="Timed"/>.</summary>
    public const int Ended = 3;

    /// <summary>The length of a text that does not lie in the memory.</summary>
    public const ulong Missing = ulong.MaxValue;

    /// <summary>What was written is in the guest's memory.</summary>
    public const ulong InPlace = 1UL << 32;

    /// <summary>The times are there.</summary>
    public const ulong Timed = 1UL << TimedShift;

    private const int AddressShift = 32;
    private const int TimedShift = 33;

    public static bool IsTimed(ReadOnlySpan<ulong> record) => (record[Length] & Timed) != 0;

    public static bool IsInPlace(ReadOnlySpan<ulong> record) => (record[Length] & InPlace) != 0;

    /// <summary>Words that so many bytes fill.</summary>
    public static int WordsOf(uint bytes) => (int)(((ulong)bytes + 7) / 8);

    /// <summary>Where the arguments are, by the first word.</summary>
    public static int ArgumentsOf(ulong length) => Head + (Times * (int)((length >> TimedShift) & 1));

    /// <summary>Where the arguments are.</summary>
    public static int ArgumentsIn(ReadOnlySpan<ulong> record) => ArgumentsOf(record[Length]);

    /// <summary>Where the results are, which are 0 before the call has ended.</summary>
    public static int ResultsIn(ReadOnlySpan<ulong> record, HostCallSignature function) => ArgumentsIn(record) + function.ParameterCount;

    /// <summary>Where the texts are.</summary>
    public static int TextsIn(ReadOnlySpan<ulong> record, HostCallSignature function) => ResultsIn(record, function) + function.ResultWords;

    /// <summary>Where the ranges begin that were written.</summary>
    public static int WritesIn(ReadOnlySpan<ulong> record, HostCallSignature function)
    {
        var position = TextsIn(record, function);
        for (var texts = function.Texts.Length; texts > 0; texts--)
        {
            var length = record[position++];
            if (length != Missing) position += WordsOf((uint)length);
        }

        return position;
    }

    public static ulong Range(uint address, uint length) => ((ulong)address << AddressShift) | length;

    public static uint AddressOf(ulong range) => (uint)(range >> AddressShift);

    public static uint LengthOf(ulong range) => (uint)range;
}
