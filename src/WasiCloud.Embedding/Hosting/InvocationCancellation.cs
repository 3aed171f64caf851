using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.Hosting;

/// <summary>The token of one guest, cancelled by its caller, its host, its time limit or its response. Thread-safe, at any time.</summary>
/// <remarks>
/// Not a linked source: what a mount has registered with the token may throw, and that must not reach the timer or the caller who cancels.
/// The source is never disposed: it has neither a timer nor links, so there is nothing to release, and the last cancellation may come late.
/// </remarks>
/// <param name="logger">Is told what registrations threw.</param>
/// <param name="invocation">The guest, for the log.</param>
/// <param name="module">Its module, for the log.</param>
#pragma warning disable CA1001 // See the remarks.
internal sealed class InvocationCancellation(ILogger logger, string invocation, string module)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _source = new();
    private CancellationTokenRegistration _caller;
    private CancellationTokenRegistration _host;

    public CancellationToken Token => _source.Token;

    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>Cancels when either token is.</summary>
    public void Follow(CancellationToken callerToken, CancellationToken hostToken)
    {
        _caller = callerToken.UnsafeRegister(static self => ((InvocationCancellation)self!).Cancel(), this);
        _host = hostToken.UnsafeRegister(static self => ((InvocationCancellation)self!).Cancel(), this);
    }

    /// <summary>Forgets the tokens. Does not wait for a cancellation that is under way.</summary>
    public void Unfollow()
    {
        _caller.Unregister();
        _host.Unregister();
    }

    public void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (AggregateException exception)
        {
            Log.CancellationFailed(logger, invocation, module, exception);
        }
    }
}
