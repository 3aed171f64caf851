using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using WasiCloud.Embedding.Redis.Server;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Tests.Hosting;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests.Transport;

/// <summary>Hosts that share services and topics, as processes do: each has a connection and a name of its own.</summary>
public abstract class TransportTestBase : IAsyncLifetime
{
    private readonly List<TestHost> _hosts = [];
    private readonly List<ConnectionMultiplexer> _connections = [];

    /// <summary>What the hosts of one test have in common, and no others.</summary>
    protected string Name { get; } = "test:" + Guid.NewGuid().ToString("N");

    protected string Configuration { get; set; } = string.Empty;

    public virtual async Task InitializeAsync() => Configuration = (await SharedServer.GetAsync()).Configuration;

    public virtual async Task DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        foreach (var connection in _connections) await connection.DisposeAsync();
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private protected static IGuestRpc RpcOf(TestHost host) => host.Services.GetRequiredService<IGuestRpc>();

    private protected static IGuestTopics TopicsOf(TestHost host) => host.Services.GetRequiredService<IGuestTopics>();

    private protected TestHost NewHost(Action<IWasiCloudBuilder> build, Action<RedisTransportOptions>? configure = null)
    {
        var host = new TestHost(
            options => (options.MaxConcurrentInvocations, options.ExecutionTimeout) = (100, Timeout.InfiniteTimeSpan),
            builder =>
            {
                builder.UseRedisTransport(options =>
                {
                    (options.Configuration, options.Name, options.PollInterval) = (Configuration, Name, TimeSpan.FromMilliseconds(100));
                    configure?.Invoke(options);
                });
                build(builder);
            });
        _hosts.Add(host);
        return host;
    }

    private protected async Task EndAsync(TestHost host)
    {
        _hosts.Remove(host);
        await host.DisposeAsync();
    }

    /// <summary>A connection beside those of the hosts, for what a dead process leaves behind.</summary>
    private protected async Task<IDatabase> ConnectAsync()
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(Configuration + ",allowAdmin=true");
        _connections.Add(connection);
        return connection.GetDatabase();
    }

    /// <summary>Runs a script as a process of another name would.</summary>
    private protected async Task<RedisResult> RunAsync(IDatabase database, Script script, params RedisValue[] arguments) =>
        await script.RunAsync(database, [$"{{{Name}}}:hosts"], [$"{{{Name}}}:", .. arguments, long.MaxValue]);

    /// <summary>Calls; until another process has said that it serves, calls are refused.</summary>
    private protected static async Task<byte[]> CallAsync(TestHost host, string service, byte[] request)
    {
        using var patience = new CancellationTokenSource(TestHost.Patience);
        while (true)
        {
            var response = new ArrayBufferWriter<byte>();
            try
            {
                await RpcOf(host).CallAsync(service, new ReadOnlySequence<byte>(request), response, patience.Token);
                return response.WrittenSpan.ToArray();
            }
            catch (RpcException exception) when (exception.Error == RpcError.Refused)
            {
                await Task.Delay(10, patience.Token);
            }
        }
    }

    private protected static async Task<string> CallAsync(TestHost host, string service, string request) =>
        Encoding.UTF8.GetString(await CallAsync(host, service, Bytes(request)));

    private protected static string TextOf(TopicMessage message) => Encoding.UTF8.GetString(message.Payload.Span);

    private protected static Task<TopicMessage> ReadAsync(TopicSubscription subscription) => subscription.ReadAsync().AsTask().WaitAsync(TestHost.Patience);

    /// <summary>Reads on until a message comes: what was published before may come after the subscription.</summary>
    private protected static async Task<TopicMessage> ReadUntilAsync(TopicSubscription subscription, string text)
    {
        while (true)
        {
            var message = await ReadAsync(subscription);
            if (TextOf(message) == text) return message;
        }
    }

    /// <summary>A handler that answers with what it was asked, and remembers it.</summary>
    private protected static RpcHandler Echo(string prefix, ConcurrentQueue<string>? seen = null) => (request, response, _) =>
    {
        seen?.Enqueue(Encoding.UTF8.GetString(request.Payload));
        response.Write(Bytes(prefix));
        foreach (var piece in request.Payload) response.Write(piece.Span);
        return default;
    };
}
