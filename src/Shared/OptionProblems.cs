using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding;

/// <summary>What is wrong with one set of options.</summary>
/// <param name="owner">The type of the options.</param>
internal sealed class OptionProblems(string owner)
{
    private readonly List<string> _all = [];

    /// <summary>The longest that a timer can wait: a bit more than 24 days.</summary>
    public static TimeSpan LongestTimer { get; } = TimeSpan.FromMilliseconds(int.MaxValue - 1);

    /// <summary>A sentence for each.</summary>
    public IReadOnlyList<string> All => _all;

    /// <summary>Whether a time is one that a timer can wait, or infinite.</summary>
    public static bool IsTimeout(TimeSpan value) => value == Timeout.InfiniteTimeSpan || (value > TimeSpan.Zero && value <= LongestTimer);

    /// <summary>A number is in its range.</summary>
    /// <param name="value">The number.</param>
    /// <param name="minimum">The least.</param>
    /// <param name="maximum">The most.</param>
    /// <param name="option">The text of <paramref name="value"/>: the option, or <c>options.</c> and the option.</param>
    public void Range(long? value, long minimum, long maximum, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value < minimum || value > maximum)
            Add(option, FormattableString.Invariant($"{value}"), FormattableString.Invariant($"it must be from {minimum} to {maximum}"));
    }

    /// <summary>A number is not negative.</summary>
    public void NotNegative(long? value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value < 0) Add(option, FormattableString.Invariant($"{value}"), "it must be 0 or more");
    }

    /// <summary>A time is in its range.</summary>
    public void Range(TimeSpan? value, TimeSpan minimum, TimeSpan maximum, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value < minimum || value > maximum) Add(option, $"{value}", $"it must be from {minimum} to {maximum}");
    }

    /// <summary>A time is one that a timer can wait.</summary>
    public void Timer(TimeSpan? value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value <= TimeSpan.Zero || value > LongestTimer) Add(option, $"{value}", "it must be more than 0 and at most 24 days");
    }

    /// <summary>A time is one that a timer can wait, or infinite.</summary>
    public void TimerOrInfinite(TimeSpan? value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value is { } time && !IsTimeout(time))
            Add(option, $"{value}", "it must be more than 0 and at most 24 days, or Timeout.InfiniteTimeSpan");
    }

    /// <summary>A value is one of its type's.</summary>
    public void Defined<T>(T value, [CallerArgumentExpression(nameof(value))] string option = "")
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value)) Add(option, $"{value}", $"it must be {string.Join(" or ", Enum.GetNames<T>())}");
    }

    /// <summary>Something else is so.</summary>
    /// <param name="isRight">Whether it is.</param>
    /// <param name="value">What the option is, for the message.</param>
    /// <param name="rule">What it must be, after "it".</param>
    /// <param name="option">The text of <paramref name="value"/>.</param>
    public void Require(bool isRight, object? value, string rule, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (!isRight) Add(option, $"'{value}'", "it " + rule);
    }

    /// <summary>Something else is wrong with an option, whose value is not to be shown.</summary>
    /// <param name="option">The option.</param>
    /// <param name="problem">The rest of the sentence.</param>
    public void Add(string option, string problem) => _all.Add($"{owner}.{option} {problem}");

    /// <summary>Several options do not go together.</summary>
    /// <param name="problem">The sentence, which begins with an option.</param>
    public void Add(string problem) => _all.Add($"{owner}.{problem}");

    private void Add(string option, string value, string rule) => _all.Add($"{owner}.{option[(option.LastIndexOf('.') + 1)..]} is {value}; {rule}.");
}
