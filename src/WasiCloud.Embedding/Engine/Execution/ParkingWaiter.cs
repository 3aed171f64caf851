using System.Diagnostics;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>Waits by parking the guest's own thread. The only place where this library blocks on asynchronous work.</summary>
internal sealed class ParkingWaiter : IPendingCallWaiter, IDisposable
{
    // As often as the framework's own events spin. Of these the first ten take some microseconds and no more; each of the others gives the processor to
    // another thread, which is half a switch.
    private const int ManySpins = 35;
    private const int FewSpins = 10;

    private const int Spinning = 0;
    private const int Sleeping = 1;
    private const int Completed = 2;

    // What all spins take, about.
    private static readonly long s_shortPause = Stopwatch.Frequency / 20_000;

    private readonly ManualResetEventSlim _completed = new(initialState: false, spinCount: 0);
    private readonly Action _signal;
    private readonly Action _woken;
    private ComputeTurn _turn = null!;
    private int _spins = ManySpins;
    private int _state;

    public ParkingWaiter() => (_signal, _woken) = (_completed.Set, Woken);

    public void Dispose() => _completed.Dispose();

    public Errno Wait(HostFunction function, HostCallContext guest, in CallArguments arguments, CancellationToken cancellationToken) =>
        Wait(function.CompleteAsync(guest, arguments, cancellationToken), guest);

    public void Wait(GuestImport import, GuestStore store, GuestSlot[] slots, CancellationToken cancellationToken) =>
        Wait(WaitingImport.CompleteAsync(import, store, slots, cancellationToken), store.Guest);

    public void WaitForPlace(GuestStore store)
    {
        _completed.Reset();
        store.Turn.Wait(_signal);
        if (_completed.Wait(store.RemainingMilliseconds)) return;
        store.Turn.GiveUp();
        _completed.Wait(CancellationToken.None);
    }

    private Errno Wait(ValueTask<Errno> pending, HostCallContext guest)
    {
        // Not by way of this thread's context, a window's or a game's loop: the thread is going to stand here.
        var awaiter = pending.ConfigureAwait(false).GetAwaiter();
        if (awaiter.IsCompleted) return Result(awaiter);
        _turn = GuestStore.Entered.Turn;
        _completed.Reset();
        Volatile.Write(ref _state, Spinning);
        awaiter.UnsafeOnCompleted(_woken);
        if (!SpinInPlace()) Sleep();
        var uncounted = guest.TakeUncounted();
        if (uncounted > 0) _turn.NoteUncounted(uncounted);
        var result = Result(awaiter);
        return _turn.Meter.IsExceeded ? throw _turn.LimitExceeded() : result;
    }

    // A thread that sleeps takes long to wake, so a short wait is spun through, and the guest keeps its place unless somebody else wants one. Most waits of a
    // guest that waited for long are long, too; and hundreds of threads that spin have no time for anything else. What counts is how long it waited, not
    // whether it slept: after one wait that was a little too long for few spins it would do so for ever.
    private bool SpinInPlace()
    {
        var spinner = default(SpinWait);
        while (spinner.Count < _spins && Volatile.Read(ref _state) == Spinning && !_turn.IsPlaceWanted) spinner.SpinOnce(sleep1Threshold: -1);
        return Volatile.Read(ref _state) == Completed;
    }

    private void Sleep()
    {
        _turn.Stop();
        if (Interlocked.CompareExchange(ref _state, Sleeping, Spinning) == Completed) WakeInPlace();
        _completed.Wait(CancellationToken.None);
        _turn.Start();
        _spins = _turn.Meter.LastPause < s_shortPause ? ManySpins : FewSpins;
    }

    // It has completed; this takes the result or throws.
#pragma warning disable VSTHRD002
    private static Errno Result(ConfiguredValueTaskAwaitable<Errno>.ConfiguredValueTaskAwaiter awaiter) => awaiter.GetResult();
#pragma warning restore VSTHRD002

    // On whatever thread completed what the guest waits for.
    private void Woken()
    {
        if (Interlocked.Exchange(ref _state, Completed) == Sleeping) WakeInPlace();
    }

    // The guest's thread is woken once, when it also has a place.
    private void WakeInPlace()
    {
        var turn = _turn;
        turn.Meter.NoteWoken();
        if (!turn.IsGated || turn.TryEnter()) _signal();
        else turn.Wait(_signal);
    }
}
