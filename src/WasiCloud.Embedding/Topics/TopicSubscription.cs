using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.Topics;

/// <summary>Receives what is published on one topic, in the order that all its subscribers see. One reader at a time; disposing it is thread-safe.</summary>
public sealed class TopicSubscription : IDisposable
{
    private readonly Topic _topic;
    private readonly TopicParts? _parts;
    private readonly TopicPort _port = new(owner: null);
    private bool _isDisposed;

    /// <summary>Subscribes.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="parts">Told of the end, if it is a tenant's.</param>
    internal TopicSubscription(Topic topic, TopicParts? parts = null)
    {
        (_topic, _parts) = (topic, parts);
        topic.TryAdd(_port, int.MaxValue);
    }

    /// <summary>Receives the next message, waiting for it if there is none.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The message.</returns>
    /// <exception cref="ObjectDisposedException">The subscription was disposed.</exception>
    /// <exception cref="InvalidOperationException">Another read waits already.</exception>
    public async ValueTask<TopicMessage> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            _port.Woken.Reset();
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed), this);
            if (_topic.TryTake(_port, out var lost) is { } message)
            {
                var payload = message.Memory.ToArray();
                message.Release();
                return new TopicMessage(payload, lost);
            }

            await _port.Woken.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Receives messages until it is cancelled.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The messages, without end.</returns>
    public async IAsyncEnumerable<TopicMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true) yield return await ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Receives no more. A wait that is under way ends with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        _topic.Remove(_port);
        _port.Woken.Set();
        _parts?.Release(_topic);
    }
}
