using WasiCloud.Embedding.Redis.Server;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>Checks what <see cref="RedisKeyValueOptions"/> documents.</summary>
internal sealed class RedisKeyValueOptionsValidator : OptionsValidator<RedisKeyValueOptions>
{
    public static RedisKeyValueOptionsValidator Instance { get; } = new();

    protected override void Check(RedisKeyValueOptions options, OptionProblems problems)
    {
        ServerConfiguration.Check(options.Configuration, options.ConfigurationOptions, problems);
        problems.Require(ServerConfiguration.IsName(options.KeyPrefix), options.KeyPrefix, "must be at most 200 characters without braces");
        problems.Require(
            options.Scope != string.Empty && ServerConfiguration.IsName(options.Scope), options.Scope, "must be 1 to 200 characters without braces");
        problems.Range(options.OperationTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        problems.Range(options.HistoryLength, 1, 1_000_000);
        problems.Range(options.MaxTokens, 1, 10_000_000);
        problems.Range(options.PollInterval, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        problems.Range(options.SweepInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1));
    }
}
