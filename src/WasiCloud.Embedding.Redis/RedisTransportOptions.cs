using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis;

/// <summary>How processes share the services of <c>/beta/rpc</c> and the topics of <c>/beta/topic</c>. Checked when the application starts.</summary>
public sealed class RedisTransportOptions
{
    /// <summary>
    /// The server, in the syntax of StackExchange.Redis, for example <c>localhost:6379,password=secret,ssl=true</c>. Required unless
    /// <see cref="ConfigurationOptions"/> is set. Redis 6.2 or later, or Valkey, or a service that speaks their protocol and runs their Lua scripts.
    /// </summary>
    public string Configuration { get; set; } = string.Empty;

    /// <summary>The server and how to connect, for what <see cref="Configuration"/> cannot say, such as certificates; it then takes precedence.</summary>
    /// <remarks>A copy is used, in which the library sets the timeouts, what happens while there is no connection, and the channel prefix (none).</remarks>
    public ConfigurationOptions? ConfigurationOptions { get; set; }

    /// <summary>
    /// What the processes that share have in common: all keys and channels begin with it, as their hash tag. 1 to 200 characters without braces;
    /// <c>wc:transport</c> by default.
    /// </summary>
    public string Name { get; set; } = "wc:transport";

    /// <summary>Services that are not shared: each process has its own. None by default.</summary>
    public ISet<string> LocalServices { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Topics that are not shared: each process has its own. None by default.</summary>
    public ISet<string> LocalTopics { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>
    /// After what time without a word a process is taken for dead: calls that its servers have accepted end with an error, and it gets no more. Every process
    /// says a word three times as often; 200 milliseconds to 10 minutes, 5 seconds by default.
    /// </summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often a process looks for what may have been announced while its connection was lost, and whether the servers of its calls live; 10 milliseconds to
    /// 1 hour, 1 second by default.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one command may take; 100 milliseconds to 10 minutes, 5 seconds by default.</summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many messages of a topic are kept, if <see cref="MaxHistoryBytes"/> allows it, for processes whose connection was lost or that are slow; those that
    /// fall further behind are told how many they lost.
    /// 1 to 1 million, 1,024 by default. They are gone a day after the last was published.
    /// </summary>
    public int HistoryLength { get; set; } = 1024;

    /// <summary>
    /// How many bytes of messages of a topic are kept, at most, and the last one; 64 KiB to 16 GiB, 16 MiB by default. Messages are forgotten for it before
    /// there are <see cref="HistoryLength"/>. After many
    /// small ones, some large ones may be kept above it for a moment.
    /// </summary>
    public long MaxHistoryBytes { get; set; } = 16 << 20;
}
