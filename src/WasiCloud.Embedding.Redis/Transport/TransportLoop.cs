namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>Does something again and again, until it is disposed. A step that fails because of the server is done again after a while.</summary>
internal sealed class TransportLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;

    public TransportLoop(TransportConnection connection, Func<CancellationToken, Task> step) => _running = RunAsync(connection, step);

    /// <summary>Cancelled when it ends.</summary>
    public CancellationToken Ending => _ending.Token;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _ending.Dispose();
    }

    private async Task RunAsync(TransportConnection connection, Func<CancellationToken, Task> step)
    {
        // Whoever makes it is not to wait for the connection.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                await step(_ending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_ending.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                connection.Tell(exception);
                await ((Task)Task.Delay(connection.RetryDelay, connection.TimeProvider, _ending.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
