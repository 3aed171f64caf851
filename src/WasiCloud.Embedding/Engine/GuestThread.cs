using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.Engine;

/// <summary>One thread of <see cref="GuestThreads"/>.</summary>
internal sealed class GuestThread : IDisposable
{
    private readonly GuestThreads _owner;
    private readonly ParkingWaiter _waiter = new();
    private readonly SemaphoreSlim _signal = new(0);
    private readonly Thread _thread;
    private IGuestWork? _work;
    private bool _isStarted;

    public GuestThread(GuestThreads owner)
    {
        _owner = owner;
        _thread = new Thread(Run, owner.StackBytes) { IsBackground = true, Name = "WasiCloud guest" };
    }

    /// <summary>Gives the thread a guest, or with <see langword="null"/> the order to end. Called only by who took it from the owner.</summary>
    public void Start(IGuestWork? work)
    {
        _work = work;
        if (_isStarted)
        {
            _signal.Release();
            return;
        }

        _isStarted = true;
        _thread.UnsafeStart();
    }

    public void Dispose()
    {
        _waiter.Dispose();
        _signal.Dispose();
    }

    private void Run()
    {
        while (TryExecute() && _owner.TryPark(this))
        {
            if (_signal.Wait(_owner.IdleTimeout)) continue;
            if (_owner.TryRetire(this)) break;
            _signal.Wait();
        }

        Dispose();
        _owner.Ended();
    }

    // Not inlined, so that an idle thread's stack does not keep its last guest alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryExecute()
    {
        var work = _work;
        _work = null;
        work?.Execute(_waiter);
        return work is not null;
    }
}
