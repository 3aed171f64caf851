using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>
/// What an application, or two of its parts, adds twice: the same is added once, and what differs is refused, or merged where it is documented.
/// </summary>
public sealed class AddedTwiceTests
{
    private static readonly RpcHandler s_handler = static (_, _, _) => default;

    public static TheoryData<string, Action<IWasiCloudBuilder>> Additions => new()
    {
        { "AddWasiCloud", builder => builder.Services.AddWasiCloud() },
        { "AddRequestResponseFiles", builder => builder.AddRequestResponseFiles() },
        { "AddDaemonHttpFiles", builder => builder.AddDaemonHttpFiles() },
        { "AddConnectionFiles", builder => builder.AddConnectionFiles() },
        { "AddHostDirectory", builder => builder.AddHostDirectory("/host", AppContext.BaseDirectory) },
        {
            "AddHostDirectory, options",
            builder => builder.AddHostDirectory("/host", AppContext.BaseDirectory, FileAccess.ReadWrite, new HostDirectoryOptions { MaxNodes = 1_000_000 })
        },
        { "AddMount", builder => builder.AddMount("/own", FileAccess.Read, _ => new OwnMount()) },
        { "AddMount<T>", builder => builder.AddMount<OwnMount>("/own") },
        { "AddMount<T>, arguments", builder => builder.AddMount<NamedMount>("/own", FileAccess.Read, "name") },
        { "AddRpcService", builder => builder.AddRpcService("service") },
        { "AddRpcService, handler", builder => builder.AddRpcService("service", s_handler) },
        { "AddRpcService, factory", builder => builder.AddRpcService("service", _ => s_handler) },
        { "AddTopic", builder => builder.AddTopic("topic") },
        { "AddTopic, access", builder => builder.AddTopic("topic", TopicAccess.Publish) },
        { "AddKeyValue", builder => builder.AddKeyValue(kv => kv.Scope("scope").UseMemory()) },
        { "AddKeyValue, read-only", builder => builder.AddKeyValue(kv => kv.Scope("scope").UseMemory().AsReadOnly()) },
        {
            "AddKeyValue, namespace", builder => builder.AddKeyValue(kv => kv.Scope("scope").UseMemory().WithNamespace(context => context.Tenant))
        },
        { "ConfigureRpc", builder => builder.AddRpcService("service").ConfigureRpc(options => options.MaxOpenCalls = 2) },
        { "ConfigureTopics", builder => builder.AddTopic("topic").ConfigureTopics(options => options.MaxOpenTopics = 2) },
    };

    [Theory]
    [MemberData(nameof(Additions))]
    public async Task Same_AddedTwice_IsAddedOnce(string what, Action<IWasiCloudBuilder> add)
    {
        var once = await StartAsync(add);
        var twice = await StartAsync(add, add);

        twice.Should().Equal(once, what);
    }

    public static TheoryData<string, Action<IWasiCloudBuilder>, Action<IWasiCloudBuilder>, string> Contradictions => new()
    {
        { "mounts", b => b.AddMount("/own", FileAccess.Read, _ => new OwnMount()), b => b.AddMount("/own", FileAccess.Read, _ => new OwnMount()), "*'/own'*" },
        { "access", b => b.AddMount<OwnMount>("/own"), b => b.AddMount<OwnMount>("/own", FileAccess.Read), "*'/own'*" },
        { "arguments", b => b.AddMount<NamedMount>("/own", FileAccess.Read, "a"), b => b.AddMount<NamedMount>("/own", FileAccess.Read, "b"), "*'/own'*" },
        { "folders", b => b.AddHostDirectory("/host", "/"), b => b.AddHostDirectory("/host", "/tmp"), "*'/host'*" },
        { "their access", b => b.AddHostDirectory("/host", "/tmp"), b => b.AddHostDirectory("/host", "/tmp", FileAccess.ReadWrite), "*'/host'*" },
        {
            "their limits",
            b => b.AddHostDirectory("/host", "/tmp"),
            b => b.AddHostDirectory("/host", "/tmp", options: new HostDirectoryOptions { MaxNodes = 1 }),
            "*'/host'*"
        },
        { "services", b => b.AddRpcService("service"), b => b.AddRpcService("service", RpcAccess.Serve), "*'service'*" },
        { "who serves", b => b.AddRpcService("service"), b => b.AddRpcService("service", s_handler), "*'service'*" },
        { "handlers", b => b.AddRpcService("service", s_handler), b => b.AddRpcService("service", (_, _, _) => default), "*'service'*" },
        { "topics", b => b.AddTopic("topic"), b => b.AddTopic("topic", overflow: TopicOverflow.BlockPublisher), "*'topic'*" },
        { "backends", b => b.AddKeyValue(kv => kv.Scope("s").UseMemory()), b => b.AddKeyValue(kv => kv.Scope("s").UseBackend(_ => null!)), "*'s'*" },
        { "daemons", b => b.AddDaemon("daemon", (_, _) => default), b => b.AddDaemon("daemon", (_, _) => default), "*'daemon'*" },
        { "imports", b => b.AddImport("env", "f", [], [], _ => { }), b => b.AddImport("env", "f", [], [], _ => { }), "*env*f*" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task Others_OfTheSameName_AreRefused(string what, Action<IWasiCloudBuilder> first, Action<IWasiCloudBuilder> second, string message) =>
        await FluentActions.Awaiting(() => StartAsync(first, second)).Should().ThrowAsync<InvalidOperationException>(what).WithMessage(message);

    /// <summary>Whoever configures last has the last word, option by option.</summary>
    [Fact]
    public async Task Options_SetTwice_AreMerged()
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options => (options.MaxDescriptors, options.MaxConcurrentInvocations) = (10, 2)).AddRpcService("service")
            .ConfigureRpc(options => (options.MaxOpenCalls, options.MaxQueuedCalls) = (1, 1));
        services.AddWasiCloud(options => options.MaxDescriptors = 20).ConfigureRpc(options => options.MaxOpenCalls = 2);
        await using var provider = services.BuildServiceProvider();

        var (host, rpc) = (provider.GetRequiredService<IOptions<WasiCloudOptions>>().Value, provider.GetRequiredService<IOptions<RpcOptions>>().Value);

        (host.MaxDescriptors, host.MaxConcurrentInvocations, rpc.MaxOpenCalls, rpc.MaxQueuedCalls).Should().Be((20, 2, 2, 1));
    }

    [Fact]
    public void HealthChecks_AddedTwice_AreThereOnceAndAsTheyWereFirst()
    {
        var services = new ServiceCollection();
        services.AddWasiCloud().AddDaemon("one", (_, _) => default).AddKeyValue(kv => kv.Scope("s").UseMemory());
        var checks = services.AddHealthChecks().AddGuestDaemons(HealthStatus.Degraded).AddKeyValueScopes(HealthStatus.Degraded);
        services.AddWasiCloud().AddDaemon("two", (_, _) => default);

        checks.AddGuestDaemons().AddKeyValueScopes();

        using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(check => (check.Name, check.FailureStatus)).Should()
            .BeEquivalentTo([("daemon:one", HealthStatus.Degraded), ("kv:s", HealthStatus.Degraded), ("daemon:two", HealthStatus.Unhealthy)]);
    }

    // The host with everything that was added: where its mounts are, and how many services there are of what is ours.
    private static async Task<List<string>> StartAsync(params Action<IWasiCloudBuilder>[] additions)
    {
        var services = new ServiceCollection();
        var builder = services.AddWasiCloud(options =>
            (options.MaxConcurrentInvocations, options.ModuleCacheFolder, options.Execution) = (1, null, TestExecution.Value));
        foreach (var add in additions) add(builder);
        await using var provider = services.BuildServiceProvider();
        _ = provider.GetRequiredService<IInvocationHost>();
        return [.. provider.GetServices<MountRegistration>().Select(mount => $"{mount.GuestPath} {mount.Access}")];
    }

    private sealed class OwnMount : IVirtualMount
    {
        public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class NamedMount(string name) : IVirtualMount
    {
        public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) => throw new NotSupportedException(name);
    }
}
