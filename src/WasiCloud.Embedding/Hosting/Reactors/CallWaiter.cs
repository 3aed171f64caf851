using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Hosting.Reactors;

/// <summary>Waits for the host calls of an instance, which end at the deadline of the call that made them, or when that is cancelled.</summary>
/// <param name="timeProvider">The clock of the deadline.</param>
internal sealed class CallWaiter(TimeProvider timeProvider) : IPendingCallWaiter, IDisposable
{
    private readonly ParkingWaiter _parking = new();
    private long _started;
    private TimeSpan _timeout;
    private CancellationToken _callToken;

    /// <summary>A call begins. Costs no timer: most calls never wait.</summary>
    public void Begin(TimeSpan timeout, CancellationToken callToken)
    {
        _started = timeProvider.GetTimestamp();
        (_timeout, _callToken) = (timeout, callToken);
    }

    public Errno Wait(HostFunction function, HostCallContext guest, in CallArguments arguments, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(Remaining(), timeProvider);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _callToken, timer.Token);
        return _parking.Wait(function, guest, arguments, any.Token);
    }

    public void Wait(GuestImport import, GuestStore store, GuestSlot[] slots, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(Remaining(), timeProvider);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _callToken, timer.Token);
        _parking.Wait(import, store, slots, any.Token);
    }

    public void WaitForPlace(GuestStore store) => _parking.WaitForPlace(store);

    public void Dispose() => _parking.Dispose();

    private TimeSpan Remaining()
    {
        if (_timeout == Timeout.InfiniteTimeSpan) return _timeout;
        var remaining = _timeout - timeProvider.GetElapsedTime(_started);
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }
}
