namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>A request for a guest that may get many, and what becomes of it.</summary>
/// <param name="exchange">The request and its response.</param>
/// <param name="timeProvider">The host's clock; by default the system's.</param>
internal sealed class DeliveredRequest(InvocationExchange exchange, TimeProvider? timeProvider = null)
{
    private readonly long _arrived = (timeProvider ?? TimeProvider.System).GetTimestamp();
    private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isAbandoned;

    public InvocationExchange Exchange { get; } = exchange;

    /// <summary>How long ago it came.</summary>
    public TimeSpan Waited => (timeProvider ?? TimeProvider.System).GetElapsedTime(_arrived);

    /// <summary>Completes when the guest's side is done with it, with the reason if it failed.</summary>
    public Task<Exception?> Ended => _ended.Task;

    /// <summary>Whether nobody waits for the response any more.</summary>
    public bool IsAbandoned => _isAbandoned;

    /// <summary>Tells the guest that nobody waits any more. Set by who has the request.</summary>
    public Action? WhenAbandoned { private get; set; }

    /// <summary>The guest's side is done: the response is complete or was refused.</summary>
    public void End() => _ended.TrySetResult(Exchange.Response.Failure);

    /// <summary>The guest has ended, and so does the response.</summary>
    public void Fail(Exception failure)
    {
        Exchange.GuestFailed(failure);
        _ended.TrySetResult(failure);
    }

    /// <summary>Nobody waits any more. May be called from any thread.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        Exchange.ResponseAbandoned();
        WhenAbandoned?.Invoke();
    }
}
