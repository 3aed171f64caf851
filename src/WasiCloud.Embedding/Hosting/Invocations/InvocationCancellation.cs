using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>The token of one guest after another, cancelled by its caller, its host, its time limit or its response. Thread-safe, at any time.</summary>
/// <remarks>
/// Not a linked source: what a mount has registered with the token may throw, and that must not reach the timer or the caller who cancels.
/// The source is never disposed: it has neither a timer nor links, so there is nothing to release, and the last cancellation may come late.
/// </remarks>
/// <param name="logger">Is told what registrations threw.</param>
#pragma warning disable CA1001 // See the remarks.
internal sealed class InvocationCancellation(ILogger logger)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _source = new();
    private InvocationContext? _invocation;
    private CancellationTokenRegistration _caller;
    private CancellationTokenRegistration _host;

    public CancellationToken Token => _source.Token;

    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>Begins with a guest.</summary>
    /// <param name="invocation">The guest, for the log.</param>
    public void Begin(InvocationContext invocation) => _invocation = invocation;

    /// <summary>Cancels when either token is.</summary>
    public void Follow(CancellationToken callerToken, CancellationToken hostToken)
    {
        _caller = callerToken.UnsafeRegister(static self => ((InvocationCancellation)self!).Cancel(), this);
        _host = hostToken.UnsafeRegister(static self => ((InvocationCancellation)self!).Cancel(), this);
    }

    /// <summary>Forgets the tokens. Does not wait for a cancellation that is under way.</summary>
    /// <returns>Whether none is or was.</returns>
    public bool Unfollow()
    {
        var isForgotten = Unregister(ref _caller) & Unregister(ref _host);
        return isForgotten;
    }

    /// <summary>Ends with a guest: what is still registered with the token is forgotten.</summary>
    /// <returns>Whether the token can serve another guest: nobody cancelled.</returns>
    public bool TryReset()
    {
        _invocation = null;
        return _source.TryReset();
    }

    public void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (AggregateException exception)
        {
            Report(exception);
        }
    }

    /// <summary>As <see cref="Cancel"/>, but what is registered runs elsewhere: on a guest's own stack nothing foreign may.</summary>
    public void CancelElsewhere()
    {
        var callbacks = _source.CancelAsync();
        if (!callbacks.IsCompletedSuccessfully) _ = ReportAsync(callbacks);
    }

    private async Task ReportAsync(Task callbacks)
    {
        try
        {
            await callbacks.ConfigureAwait(false);
        }
        catch (AggregateException exception)
        {
            Report(exception);
        }
    }

    private void Report(AggregateException exception)
    {
        var guest = _invocation;
        Log.CancellationFailed(logger, guest?.Id ?? string.Empty, guest?.Module ?? string.Empty, ExceptionText.ForLog(exception, guest?.Mask));
    }

    private static bool Unregister(ref CancellationTokenRegistration registration)
    {
        var isForgotten = !registration.Token.CanBeCanceled || registration.Unregister();
        registration = default;
        return isForgotten;
    }
}
