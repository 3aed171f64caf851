using WasiCloud.Embedding.Redis.Server;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>Checks what <see cref="RedisTransportOptions"/> documents.</summary>
internal sealed class RedisTransportOptionsValidator : OptionsValidator<RedisTransportOptions>
{
    protected override void Check(RedisTransportOptions options, OptionProblems problems)
    {
        ServerConfiguration.Check(options.Configuration, options.ConfigurationOptions, problems);
        problems.Require(options.Name != string.Empty && ServerConfiguration.IsName(options.Name), options.Name, "must be 1 to 200 characters without braces");
        problems.Range(options.LeaseDuration, TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(10));
        problems.Range(options.PollInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        problems.Range(options.OperationTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        problems.Range(options.HistoryLength, 1, 1_000_000);
        problems.Range(options.MaxHistoryBytes, 64 << 10, 16L << 30);
    }
}
