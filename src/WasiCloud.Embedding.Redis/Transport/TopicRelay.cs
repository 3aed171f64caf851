using StackExchange.Redis;
using WasiCloud.Embedding.Text;
using WasiCloud.Embedding.Topics;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>Delivers what all processes publish on one topic, in the order in which the server has it.</summary>
internal sealed class TopicRelay : IAsyncDisposable
{
    private const int MaxRead = 64;
    private const int FirstMessage = 2;
    private const long NotYet = -1;

    private readonly TransportConnection _connection;
    private readonly ISharedTopic _topic;
    private readonly Announcements _published;
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TransportLoop _loop;

    // The number of the last message that was delivered.
    private long _delivered = NotYet;
    private string _epoch = string.Empty;

    public TopicRelay(TransportConnection connection, ISharedTopic topic)
    {
        (_connection, _topic) = (connection, topic);
        _published = new Announcements(connection, $"t:{topic.Name}:published");
        _loop = new TransportLoop(connection, StepAsync);
    }

    /// <inheritdoc cref="ITopicTransport.PublishAsync"/>
    public async ValueTask PublishAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        try
        {
            // Else this process itself might miss it.
            await _listening.Task.WaitAsync(_connection.Options.OperationTimeout, _connection.TimeProvider, cancellationToken).ConfigureAwait(false);
            var options = _connection.Options;
            await _connection.RunAsync(TopicScripts.Publish, _topic.Name, options.HistoryLength, message.ToArray(), options.MaxHistoryBytes)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportConnection.IsFailure(exception))
        {
            _connection.Tell(exception);
            throw new IOException(
                $"It is not known whether the message was published on '{_topic.Name}': {ForeignText.Of(exception)}", ForeignText.Cause(exception));
        }
    }

    /// <summary>Whether it is of this topic, and not of a later one with its name.</summary>
    public bool IsOf(ISharedTopic topic) => ReferenceEquals(_topic, topic);

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        await _published.EndAsync().ConfigureAwait(false);
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        await _published.ListenAsync().ConfigureAwait(false);
        var published = _published.Next;
        var read = (RedisValue[])(await _connection.RunAsync(
            TopicScripts.Read, _topic.Name, Math.Max(_delivered, 0), _delivered == NotYet ? 1 : MaxRead).ConfigureAwait(false))!;
        var (last, epoch) = ((long)read[0], (string)read[1]!);
        if (_delivered == NotYet)
        {
            (_delivered, _epoch) = (last, epoch);
            _listening.TrySetResult();
            return;
        }

        if (epoch != _epoch || last < _delivered)
        {
            // The server has lost all messages and counts anew, or has lost the latest: those that were delivered are not delivered again.
            (_delivered, _epoch) = (epoch != _epoch ? 0 : last, epoch);
            return;
        }

        for (var index = FirstMessage; index < read.Length; index += 2) Deliver((long)read[index], read[index + 1]);
        if (read.Length == FirstMessage) await _connection.WaitAsync(published, cancellationToken).ConfigureAwait(false);
    }

    private void Deliver(long number, ReadOnlyMemory<byte> message)
    {
        var lost = number - _delivered - 1;
        if (lost > 0) Log.MessagesLost(_connection.Logger, _topic.Name, lost);
        _topic.Deliver(message, lost);
        _delivered = number;
    }
}
