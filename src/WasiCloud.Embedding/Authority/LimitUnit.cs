using System.Globalization;

namespace WasiCloud.Embedding.Authority;

/// <summary>What a limit counts.</summary>
internal enum LimitUnit
{
    /// <summary>Things.</summary>
    Count,

    /// <summary>Bytes, in powers of 1,024.</summary>
    Bytes,

    /// <summary>Milliseconds.</summary>
    Time,
}

/// <summary>Limits as people write them: <c>64MiB</c>, <c>5s</c>, <c>100</c>.</summary>
internal static class LimitText
{
    // 24 days, as of every time of this library.
    private const long MaxMilliseconds = int.MaxValue;

    // The largest first: it is the one to print, if nothing is lost.
    private static readonly (string Suffix, long Factor)[] s_bytes = [("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    private static readonly (string Suffix, long Factor)[] s_times = [("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

    /// <summary>Prints a limit.</summary>
    public static string Of(long value, LimitUnit unit)
    {
        if (unit == LimitUnit.Count || value == 0) return value.ToString(CultureInfo.InvariantCulture) + (unit == LimitUnit.Bytes ? "B" : string.Empty);
        var (suffix, factor) = Units(unit).First(candidate => value % candidate.Factor == 0);
        return (value / factor).ToString(CultureInfo.InvariantCulture) + suffix;
    }

    /// <summary>Reads a limit.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="kind">Which limit it is of.</param>
    /// <param name="value">The limit.</param>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public static string? Parse(string text, LimitKind kind, out long value)
    {
        value = 0;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : text.Length;
        var suffix = text[digits..];
        if (digits == 0 || Factor(kind.Unit, suffix) is not { } factor) return $"'{text}' is not {Expected(kind.Unit)}";
        if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue / factor)
            return $"'{text}' is too large";
        value = number * factor;
        if (kind.Unit == LimitUnit.Time && value > MaxMilliseconds) return $"'{text}' is more than 24 days";
        return value < kind.Least ? $"'{text}' is less than {Of(kind.Least, kind.Unit)}, the least that '{kind.Name}' can be" : null;
    }

    private static (string Suffix, long Factor)[] Units(LimitUnit unit) => unit == LimitUnit.Bytes ? s_bytes : s_times;

    private static long? Factor(LimitUnit unit, string suffix)
    {
        if (suffix.Length == 0) return unit == LimitUnit.Time ? null : 1;
        if (unit == LimitUnit.Count) return null;
        foreach (var (candidate, factor) in Units(unit))
        {
            if (suffix == candidate) return factor;
        }

        return null;
    }

    private static string Expected(LimitUnit unit) => unit switch
    {
        LimitUnit.Bytes => "a size, such as 64MiB (B, KiB, MiB, GiB, TiB)",
        LimitUnit.Time => "a time, such as 5s (ms, s, min, h)",
        _ => "a whole number",
    };
}
