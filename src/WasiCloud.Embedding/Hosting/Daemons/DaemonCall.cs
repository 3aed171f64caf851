using WasiCloud.Embedding.Hosting.Invocations;
using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>One request of a daemon, from its arrival until its response is disposed.</summary>
internal sealed class DaemonCall : IAsyncDisposable
{
    private readonly DeliveredRequest _delivered;
    private readonly BodyPump? _body;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _expiry;
    private readonly long _started;
    private readonly Action _ended;
    private int _isDisposed;

    /// <summary>Begins, without giving the request to anybody.</summary>
    /// <param name="request">The request.</param>
    /// <param name="services">The host.</param>
    /// <param name="maxResponseBytes">How long the body of its response may be.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="hide">Hides the secrets of the guest in what is thrown of it.</param>
    /// <param name="ended">Called when it is disposed.</param>
    /// <exception cref="ArgumentException">The request is not one that HTTP/1.1 can express.</exception>
    public DaemonCall(
        InvocationRequest request, InvocationServices services, long maxResponseBytes, TimeSpan timeout, Action<GuestException> hide, Action ended)
    {
        // A malformed response ends the request, and not the guest that serves others.
        var exchange = default(InvocationExchange)!;
        exchange = new InvocationExchange(services.ExchangeLimits, problem =>
        {
            hide(problem);
            exchange.GuestFailed(problem);
        });
        exchange.Response.MaxBytes = maxResponseBytes;
        RequestFields.Validate(request);
        _body = request.Body is null || request.ContentLength == 0 ? null : new BodyPump(BytesReader.Begin(request.Body));
        exchange.Begin(request, _body);
        _delivered = new DeliveredRequest(exchange, services.TimeProvider);
        (_timeProvider, _timeout, _ended, _started) = (services.TimeProvider, timeout, ended, services.TimeProvider.GetTimestamp());
        _expiry = timeout == Timeout.InfiniteTimeSpan ? new CancellationTokenSource() : new CancellationTokenSource(timeout, services.TimeProvider);
    }

    public DeliveredRequest Delivered => _delivered;

    /// <summary>Whether it has taken too long.</summary>
    public bool IsExpired => _expiry.IsCancellationRequested;

    private InvocationExchange Exchange => _delivered.Exchange;

    /// <summary>Waits for the head of the response.</summary>
    /// <exception cref="GuestException">The guest failed, or took too long.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<InvocationResponse> RespondAsync(CancellationToken cancellationToken)
    {
        var arriving = Exchange.Head.AsTask();
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _expiry.Token);
            var head = await arriving.WaitAsync(either.Token).ConfigureAwait(false) ?? throw Exchange.HeadFailure!;
            _expiry.Token.UnsafeRegister(static self => ((DaemonCall)self!).Expire(), this);
            return new DaemonResponse(head, new DaemonBodyReader(Exchange.ResponseBody, this), this, CompleteAsync());
        }
        catch (Exception exception)
        {
            var isExpired = exception is OperationCanceledException && !cancellationToken.IsCancellationRequested && IsExpired;
            await DisposeAsync().ConfigureAwait(false);
            if (isExpired) throw Expired();
            throw;
        }
    }

    public void ThrowIfExpired()
    {
        if (IsExpired) throw Expired();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        if (!_delivered.Ended.IsCompleted) _delivered.Abandon();
        await Exchange.ResponseBody.CompleteAsync().ConfigureAwait(false);
        if (_body is not null) await _body.DisposeAsync().ConfigureAwait(false);
        _expiry.Dispose();
        _ended();
    }

    private async Task<InvocationCompletion> CompleteAsync()
    {
        if (await _delivered.Ended.ConfigureAwait(false) is { } failure) throw failure;
        return new InvocationCompletion(0, _timeProvider.GetElapsedTime(_started), 0, Exchange.RequestBytes, Exchange.ResponseBytes, null);
    }

    // The guest may be anywhere; it finds out when it reads or writes.
    private void Expire()
    {
        _delivered.Abandon();
        Exchange.ResponseBody.CancelPendingRead();
    }

    private GuestLimitException Expired() => new(GuestLimit.Time, (long)_timeout.TotalMilliseconds);
}
