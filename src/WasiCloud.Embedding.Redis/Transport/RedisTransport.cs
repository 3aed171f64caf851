using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>Carries calls and messages between processes that name the same server. Thread-safe.</summary>
internal sealed class RedisTransport : IRpcTransport, ITopicTransport, IAsyncDisposable
{
    private readonly RedisTransportOptions _options;
    private readonly TransportConnection _connection;
    private readonly ConcurrentDictionary<string, ServiceRelay> _services = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TopicRelay> _topics = new(StringComparer.Ordinal);
    private readonly Lazy<(HostPresence Presence, OutgoingCalls Calls, HostInbox Inbox)> _host;

    // What ends, of tenants that are gone, by its name: a service that comes back begins after that.
    private readonly ConcurrentDictionary<string, Task> _endingServices = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _endingTopics = new(StringComparer.Ordinal);
    private int _isDisposed;

    public RedisTransport(RedisTransportOptions options, TimeProvider timeProvider, ILogger logger)
    {
        (_options, _connection) = (options, new TransportConnection(options, timeProvider, logger));
        _host = new(BeginHost);
    }

    bool IRpcTransport.Carries(string service) => !_options.LocalServices.Contains(service);

    bool ITopicTransport.Carries(string topic) => !_options.LocalTopics.Contains(topic);

    public void Attach(ISharedRpcService service) => _services[service.Name] =
        new ServiceRelay(_connection, _host.Value.Presence, service, _endingServices.GetValueOrDefault(service.Name, Task.CompletedTask));

    public void Attach(ISharedTopic topic) => _topics[topic.Name] = new TopicRelay(_connection, topic);

    public void Detach(ISharedRpcService service)
    {
        if (!_services.TryGetValue(service.Name, out var relay) || !relay.IsOf(service)) return;
        _services.TryRemove(KeyValuePair.Create(service.Name, relay));
        End(relay, service.Name, _endingServices);
    }

    public void Detach(ISharedTopic topic)
    {
        if (!_topics.TryGetValue(topic.Name, out var relay) || !relay.IsOf(topic)) return;
        _topics.TryRemove(KeyValuePair.Create(topic.Name, relay));
        End(relay, topic.Name, _endingTopics);
    }

    public ValueTask CallAsync(ISharedRpcService service, ReadOnlySequence<byte> request, IBufferWriter<byte>? response, CancellationToken cancellationToken) =>
        _host.Value.Calls.CallAsync(service, request, response, cancellationToken);

    public ValueTask PublishAsync(ISharedTopic topic, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        _topics[topic.Name].PublishAsync(message, cancellationToken);

    /// <summary>Answers what is under way, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        // Registered under two interfaces, and so disposed for each.
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        foreach (var topic in _topics.Values) await topic.DisposeAsync().ConfigureAwait(false);
        foreach (var service in _services.Values) await service.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll([.. _endingTopics.Values, .. _endingServices.Values]).ConfigureAwait(false);
        if (_host.IsValueCreated)
        {
            var (presence, calls, inbox) = _host.Value;
            await calls.DisposeAsync().ConfigureAwait(false);
            await inbox.DisposeAsync().ConfigureAwait(false);
            await presence.DisposeAsync().ConfigureAwait(false);
            await LeaveAsync(presence.Host).ConfigureAwait(false);
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private (HostPresence Presence, OutgoingCalls Calls, HostInbox Inbox) BeginHost()
    {
        var presence = new HostPresence(_connection);
        HostInbox? inbox = null;
        var calls = new OutgoingCalls(_connection, presence, () => inbox!.DrainAsync());
        inbox = new HostInbox(_connection, presence.Host, calls.End, Withdraw);
        return (presence, calls, inbox);
    }

    private static void End(IAsyncDisposable relay, string name, ConcurrentDictionary<string, Task> endings)
    {
        var ending = Task.Run(async () => await relay.DisposeAsync().ConfigureAwait(false));
        endings[name] = ending;
        _ = ending.ContinueWith(ended => endings.TryRemove(KeyValuePair.Create(name, ended)), TaskScheduler.Default);
    }

    private void Withdraw(string call)
    {
        foreach (var service in _services.Values) service.Withdraw(call);
    }

    private async Task LeaveAsync(string host)
    {
        try
        {
            await _connection.RunAsync(TransportScripts.Leave, host).ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportConnection.IsFailure(exception))
        {
            // Its lease will end.
            _connection.Tell(exception);
        }
    }
}
