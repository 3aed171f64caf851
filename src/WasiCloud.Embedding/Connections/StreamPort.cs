using System.Text.Json;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Connections;

/// <summary>A stream of bytes in either direction.</summary>
internal sealed class StreamPort : ConnectionPort
{
    // What one write may add to what waits for the client.
    private const int MaxWrite = 64 << 10;

    private readonly CancellationTokenSource _stopping = new();
    private readonly SendTimer _timer;
    private volatile bool _isBroken;
    private bool _isOutputComplete;

    public StreamPort(GuestConnection connection, TimeProvider timeProvider)
        : base(connection)
    {
        Input = new PipeWindow(connection.Transport!.Input);
        Output = new PipeSink(connection.Transport.Output, MaxWrite, isOwn: false);
        _timer = new SendTimer(timeProvider, connection.Options.SendTimeout, Break);
    }

    /// <summary>What the client sends.</summary>
    public PipeWindow Input { get; }

    /// <summary>What the client gets.</summary>
    public PipeSink Output { get; }

    /// <summary>Cancelled when nothing more is to be read than what is there.</summary>
    public CancellationToken Stopping => _stopping.Token;

    // It may have ended one direction only, and wait for what comes in the other.
    public override void ClientClosed()
    {
    }

    public override void Stop() => _stopping.Cancel();

    /// <summary>Waits until the client has room, but not for ever.</summary>
    public async ValueTask<Errno> ReadyAsync(CancellationToken cancellationToken)
    {
        if (Output.TryReady(out var error)) return Known(error);
        _timer.Begin();
        try
        {
            return Known(await Output.ReadyAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _timer.End();
        }
    }

    /// <summary>The guest writes no more: the client sees the end once it has everything.</summary>
    public async ValueTask<Errno> ShutAsync(CancellationToken cancellationToken)
    {
        var error = await ReadyAsync(cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        CompleteOutput(exception: null);
        return Errno.Success;
    }

    public override async Task EndAsync(Exception? failure, bool isStopping)
    {
        Input.Release();
        if (failure is null && !_isBroken) await ShutAsync(CancellationToken.None).ConfigureAwait(false);
        if (failure is not null) Break();
        CompleteOutput(failure);
        await Connection.Transport!.Input.CompleteAsync().ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    protected override void WriteFacts(Utf8JsonWriter json) => json.WriteString("kind", "stream");

    // A client that takes nothing any more has left.
    private Errno Known(Errno error)
    {
        if (error == Errno.Pipe) Leave();
        return error;
    }

    private void Break()
    {
        _isBroken = true;
        Leave();
        Connection.AbortTransport?.Invoke();
        Output.Abandon();
    }

    private void CompleteOutput(Exception? exception)
    {
        if (_isOutputComplete) return;
        _isOutputComplete = true;
        Output.Complete(exception);
    }
}
