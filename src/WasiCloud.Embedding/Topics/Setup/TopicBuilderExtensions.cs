using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Hosting;
using WasiCloud.Embedding.Topics;
using WasiCloud.Embedding.Topics.Files;
using WasiCloud.Embedding.Topics.Setup;

#pragma warning disable IDE0130 // Beside the other extension methods of IWasiCloudBuilder.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Adds topics below <c>/beta/topic</c> (docs/filesystem.md), and <see cref="IGuestTopics"/> to use them from the application.</summary>
public static class TopicBuilderExtensions
{
    private const string GuestPath = "/beta/topic";

    /// <summary>Adds a topic.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The topic's name: one path component that does not start with a dot.</param>
    /// <param name="access">What guests may do without a policy. By default they may publish and subscribe.</param>
    /// <param name="overflow">What happens when a subscriber does not read as fast as is published. By default it loses the oldest messages.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddTopic(
        this IWasiCloudBuilder builder, string name, TopicAccess access = TopicAccess.Publish
            | TopicAccess.Subscribe, TopicOverflow overflow = TopicOverflow.DropOldest)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ServiceName.Check(name, "topic");
        builder.Services.TryAddRegistration(new TopicRegistration(name, access, overflow));
        if (builder.Services.Any(service => service.ServiceType == typeof(TopicSet))) return builder;
        builder.Services.AddOptions<TopicOptions>().ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TopicOptions>, TopicOptionsValidator>());
        builder.Services.AddSingleton<TopicSet>();
        builder.Services.TryAddSingleton<IGuestTopics>(provider => provider.GetRequiredService<TopicSet>());
        return builder.AddMount(GuestPath, FileAccess.ReadWrite, provider => new TopicMount(provider.GetRequiredService<TopicSet>()));
    }

    /// <summary>Sets the limits of all topics.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets them.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder ConfigureTopics(this IWasiCloudBuilder builder, Action<TopicOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(configure);
        return builder;
    }
}
