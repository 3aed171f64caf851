using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Redis;
using WasiCloud.Embedding.Redis.Transport;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Topics;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Shares <c>/beta/rpc</c> and <c>/beta/topic</c> between processes.</summary>
public static class RedisTransportBuilderExtensions
{
    /// <summary>Shares services and topics with all processes that name the same server.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configuration">The server, as in <see cref="RedisTransportOptions.Configuration"/>, for example <c>localhost:6379</c>.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder UseRedisTransport(this IWasiCloudBuilder builder, string configuration) =>
        builder.UseRedisTransport(options => options.Configuration = configuration);

    /// <summary>Shares services and topics with all processes that name the same server and <see cref="RedisTransportOptions.Name"/>.</summary>
    /// <remarks>
    /// <para>
    /// A process offers and receives from when its <see cref="IInvocationHost"/>, <see cref="IGuestRpc"/> or <see cref="IGuestTopics"/> is first resolved. A
    /// call goes to another process only if this one has no server for it, and to one of those whose servers wait. At most one server ever sees it: what is
    /// lost with a connection or a process ends with an error and is never repeated. A Redis server that goes back in time - it is killed and loses its latest
    /// seconds, or a replica takes over that lacks them - may give out again a call that it gave out in those seconds; with <c>appendonly no</c> and <c>save
    /// ""</c> it forgets all calls instead, which then end with an error.
    /// </para>
    /// <para>
    /// All subscribers, in all processes, see the messages of a topic in the same order. A topic that is shared cannot block its publishers
    /// (<see cref="TopicOverflow.BlockPublisher"/>).
    /// </para>
    /// </remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options; a wrong one fails the application's start with a message that names it.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder UseRedisTransport(this IWasiCloudBuilder builder, Action<RedisTransportOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.AddOptions<RedisTransportOptions>().Configure(configure).ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisTransportOptions>, RedisTransportOptionsValidator>());
        builder.Services.TryAddSingleton(provider => new RedisTransport(
            provider.GetRequiredService<IOptions<RedisTransportOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            (provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("WasiCloud.Embedding.Redis")));
        builder.Services.TryAddSingleton<IRpcTransport>(provider => provider.GetRequiredService<RedisTransport>());
        builder.Services.TryAddSingleton<ITopicTransport>(provider => provider.GetRequiredService<RedisTransport>());
        return builder;
    }
}
