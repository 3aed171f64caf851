using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Engine;

/// <summary>Waits by parking the guest's own thread. The only place where this library blocks on asynchronous work.</summary>
internal sealed class ParkingWaiter : IPendingCallWaiter, IDisposable
{
    private readonly ManualResetEventSlim _completed = new();
    private readonly Action _signal;

    public ParkingWaiter() => _signal = _completed.Set;

    public void Dispose() => _completed.Dispose();

    public Errno Wait(HostFunction function, GuestContext guest, in CallArguments arguments, CancellationToken cancellationToken)
    {
        var pending = function.CompleteAsync(guest, arguments, cancellationToken);
        var awaiter = pending.GetAwaiter();
        if (!awaiter.IsCompleted)
        {
            _completed.Reset();
            awaiter.UnsafeOnCompleted(_signal);
            _completed.Wait(CancellationToken.None);
        }

#pragma warning disable VSTHRD002 // It has completed; this takes the result or throws.
        return awaiter.GetResult();
#pragma warning restore VSTHRD002
    }
}
