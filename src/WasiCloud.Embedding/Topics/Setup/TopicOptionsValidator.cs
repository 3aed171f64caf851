namespace WasiCloud.Embedding.Topics.Setup;

/// <summary>Checks the ranges that <see cref="TopicOptions"/> documents.</summary>
internal sealed class TopicOptionsValidator : OptionsValidator<TopicOptions>
{
    protected override void Check(TopicOptions options, OptionProblems problems)
    {
        problems.Range(options.MaxMessageBytes, 1, 1 << 30);
        problems.Range(options.MaxQueuedMessages, 1, 1_000_000);
        problems.Range(options.MaxQueuedBytes, options.MaxMessageBytes, 1L << 40);
        problems.Range(options.MaxSubscriptions, 1, 1_000_000);
        problems.Range(options.MaxOpenTopics, 1, 65_536);
    }
}
