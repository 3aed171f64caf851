using Microsoft.Extensions.Options;

namespace WasiCloud.Embedding;

/// <summary>
/// Checks the ranges that one type of options documents, all of them, and names each that is out of its own. Options of an application are checked when it
/// starts, those that are given to a method by that method, which names its parameter.
/// </summary>
/// <typeparam name="TOptions">The options.</typeparam>
internal abstract class OptionsValidator<TOptions> : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var problems = Find(options);
        if (problems.Count == 0) return ValidateOptionsResult.Success;
        return ValidateOptionsResult.Fail(string.IsNullOrEmpty(name) ? problems : problems.Select(problem => $"'{name}': {problem}"));
    }

    /// <summary>Refuses options that a method was given.</summary>
    /// <param name="options">The options.</param>
    /// <param name="parameter">The method's parameter that they come from.</param>
    /// <exception cref="ArgumentException">One is not as it must be.</exception>
    public void ThrowIfInvalid(TOptions options, string? parameter)
    {
        ArgumentNullException.ThrowIfNull(options, parameter);
        if (Find(options) is { Count: > 0 } problems) throw new ArgumentException(string.Join(' ', problems), parameter);
    }

    /// <summary>Finds what is wrong.</summary>
    protected abstract void Check(TOptions options, OptionProblems problems);

    private IReadOnlyList<string> Find(TOptions options)
    {
        var problems = new OptionProblems(typeof(TOptions).Name);
        Check(options, problems);
        return problems.All;
    }
}
