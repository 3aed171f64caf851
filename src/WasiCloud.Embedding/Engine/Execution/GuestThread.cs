using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>One thread of <see cref="GuestThreads"/>.</summary>
internal sealed class GuestThread : IDisposable
{
    [ThreadStatic]
    private static GuestThread? t_current;

    // Set on a thread whose guest has just ended, while its place goes to the next.
    [ThreadStatic]
    private static GuestThread? t_free;

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

    /// <summary>Gives a guest to the calling thread, if it is one of this owner's and in <see cref="PassOn"/>.</summary>
    public static bool TryContinue(GuestThreads owner, IGuestWork work)
    {
        if (t_free is not { } thread || thread._owner != owner) return false;
        t_free = null;
        thread._work = work;
        return true;
    }

    /// <summary>
    /// To be called on a guest's thread when it has ended: gives its place to the next, which then runs here. So a queue of guests costs no switch of threads.
    /// </summary>
    public static void PassOn(ComputeTurn turn)
    {
        t_free = t_current;
        turn.End();
        t_free = null;
    }

    public void Dispose()
    {
        _waiter.Dispose();
        _signal.Dispose();
    }

    private void Run()
    {
        t_current = this;
        Pieces.EnterGuestThread();
        while (TryExecute())
        {
            if (_work is not null) continue;
            if (!_owner.TryPark(this)) break;
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
