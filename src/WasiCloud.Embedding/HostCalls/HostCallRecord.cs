namespace WasiCloud.Embedding.HostCalls;

/// <summary>How a call is written down, in words of 64 bits: a head, the arguments, results other than an errno, the texts, and what was
/// written.</summary>
/// <remarks>
/// A text is its length, or <see cref="Missing"/>, and its bytes. What was written is the number of ranges, and each range is its address and length in one
/// word and its bytes, unless those
/// are still in the guest's memory. Bytes fill whole words.
/// </remarks>
internal static class HostCallRecord
{
    /// <summary>The whole length in words once the call has ended, and <see cref="InPlace"/>; before, 0.</summary>
    public const int Length = 0;

    /// <summary><see cref="HostCallOutcome.Bits"/>.</summary>
    public const int Outcome = 1;

    public const int Began = 2;
    public const int Ended = 3;
    public const int Arguments = 4;

    /// <summary>The length of a text that does not lie in the memory.</summary>
    public const ulong Missing = ulong.MaxValue;

    /// <summary>What was written is in the guest's memory.</summary>
    public const ulong InPlace = 1UL << 32;

    private const int AddressShift = 32;

    public static bool IsInPlace(ReadOnlySpan<ulong> record) => (record[Length] & InPlace) != 0;

    /// <summary>Words that so many bytes fill.</summary>
    public static int WordsOf(uint bytes) => (int)(((ulong)bytes + 7) / 8);

    /// <summary>Where the results are, which are 0 before the call has ended.</summary>
    public static int ResultsOf(HostCallSignature function) => Arguments + function.ParameterCount;

    /// <summary>Where the texts are.</summary>
    public static int TextsOf(HostCallSignature function) => ResultsOf(function) + function.ResultWords;

    /// <summary>Where the ranges begin that were written.</summary>
    public static int WritesIn(ReadOnlySpan<ulong> record, HostCallSignature function)
    {
        var position = TextsOf(function);
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
