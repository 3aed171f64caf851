using Microsoft.Extensions.Options;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Topics.Setup;

/// <summary>Checks the ranges that <see cref="TopicOptions"/> documents.</summary>
internal sealed class TopicOptionsValidator : IValidateOptions<TopicOptions>
{
    public ValidateOptionsResult Validate(string? name, TopicOptions options)
    {
        var problems = new List<string>();
        Check(nameof(options.MaxMessageBytes), options.MaxMessageBytes, 1, 1 << 30, problems);
        Check(nameof(options.MaxQueuedMessages), options.MaxQueuedMessages, 1, 1_000_000, problems);
        Check(nameof(options.MaxQueuedBytes), options.MaxQueuedBytes, options.MaxMessageBytes, 1L << 40, problems);
        Check(nameof(options.MaxSubscriptions), options.MaxSubscriptions, 1, 1_000_000, problems);
        Check(nameof(options.MaxOpenTopics), options.MaxOpenTopics, 1, 65_536, problems);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void Check(string option, long value, long minimum, long maximum, List<string> problems)
    {
        if (value < minimum || value > maximum)
            problems.Add(FormattableString.Invariant($"{nameof(TopicOptions)}.{option} is {value}; it must be from {minimum} to {maximum}."));
    }
}
