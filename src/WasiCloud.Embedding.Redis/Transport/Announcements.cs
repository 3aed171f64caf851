using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>What is announced on one channel, heard from when it is first listened to. For one loop.</summary>
internal sealed class Announcements(TransportConnection connection, string channel)
{
    private readonly ChangeSignal _signal = new();
    private Func<Task>? _unsubscribe;

    /// <summary>A task that the next announcement completes. Take it before looking for what may be announced.</summary>
    public Task Next => _signal.Next;

    /// <summary>Sees to it that announcements are heard from now on.</summary>
    public async ValueTask ListenAsync()
    {
        _unsubscribe ??= await connection.SubscribeAsync(channel, _signal).ConfigureAwait(false);
    }

    /// <summary>Listens no more, when the loop has ended.</summary>
    public async ValueTask EndAsync()
    {
        try
        {
            if (_unsubscribe is not null) await _unsubscribe().ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportConnection.IsFailure(exception))
        {
            // The server forgets the channel with the connection.
            connection.Tell(exception);
        }
    }
}
