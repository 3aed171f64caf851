using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>One guest after another between computing and waiting: the place that it has or waits for, and what it has used.</summary>
internal sealed class ComputeTurn : IGuestInterruption
{
    private readonly IComputing _guest;
    private Action? _goOn;
    private bool _onPool;
    private CancellationTokenRegistration _guestToken;
    private CancellationTokenRegistration _callToken;

    // What the guests of its tenant may compute together, if that is limited, and whether it was that which ended it.
    private TenantAllowance? _tenant;
    private bool _tenantHasEnough;

    public ComputeTurn(IComputing guest)
    {
        _guest = guest;
        Node = new LinkedListNode<ComputeTurn>(this);
    }

    /// <summary>With whom it shares.</summary>
    public ComputeShare Share => _guest.Share;

    public CpuMeter Meter { get; } = new();

    /// <summary>Its place in the queue, while it waits.</summary>
    public LinkedListNode<ComputeTurn> Node { get; }

    /// <summary>Since when it waits, by the clock of the gate.</summary>
    public long WaitsSince { get; set; }

    /// <summary>The place that it was given last.</summary>
    public int Place { get; private set; }

    /// <summary>When it was given a place, or came to a tick, in ticks of <see cref="Environment.TickCount64"/>.</summary>
    public long Seen { get; set; }

    /// <summary>What it has used, in ticks of the clock.</summary>
    public long Used => Meter.Used;

    /// <summary>Whether it needs a place. A call of an instance does from its first tick on: most are shorter than taking a place.</summary>
    public bool IsGated { get; private set; }

    /// <summary>Whether it has a place of those that are counted.</summary>
    public bool HasPlace => Gate.Has(this);

    /// <summary>Whether it has computed before, or a client that was let in waits for it.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>Whether it was to let others have its place while it computed.</summary>
    public bool WasInterrupted { get; private set; }

    /// <summary>Whether others wait for a place while it has one, or may have.</summary>
    public bool IsPlaceWanted => IsGated && Gate.Waiting != 0;

    private ComputeGate Gate => _guest.Module.Engine.Gate;

    /// <summary>Begins with a guest.</summary>
    /// <param name="limit">How long it may compute.</param>
    /// <param name="source">What gives it one thing after another to do.</param>
    /// <param name="tenant">What the guests of its tenant may compute together, if that is limited.</param>
    public void Begin(TimeSpan limit, IWorkSource? source, TenantAllowance? tenant)
    {
        (_tenant, _tenantHasEnough) = (tenant, false);
        // What gives it work has been let in: an accepted connection, or the host that keeps a daemon.
        (IsGated, HasStarted, WasInterrupted) = (false, source is not null, false);
        Meter.Reset(limit, source);
    }

    /// <summary>A call of an instance begins.</summary>
    public void BeginCall(TimeSpan limit)
    {
        (IsGated, WasInterrupted, _tenantHasEnough) = (false, false, false);
        Meter.BeginCall(limit);
    }

    /// <summary>A call of an instance has ended.</summary>
    public void EndCall()
    {
        if (IsGated) Stop();
    }

    /// <summary>Takes a place, unless others wait for one. Who is to end needs none.</summary>
    public bool TryEnter()
    {
        IsGated = true;
        WasInterrupted = false;
        return _guest.CancellationToken.IsCancellationRequested || Gate.TryEnter(this);
    }

    /// <summary>As <see cref="TryEnter"/>, of a guest that is to begin: one that nobody was let in for may have a spare place for its first tick.</summary>
    public bool TryBegin()
    {
        if (IsGated && Gate.Has(this)) return true;
        if (HasStarted) return TryEnter();
        IsGated = true;
        return _guest.CancellationToken.IsCancellationRequested || Gate.TryBegin(this);
    }

    /// <summary>Takes the place that somebody waited for in its stead. <see cref="TryBegin"/> is to follow.</summary>
    public void TakeOver(ComputeTurn other)
    {
        IsGated = true;
        Gate.HandOver(other, this);
    }

    /// <summary>Waits for a place.</summary>
    /// <param name="goOn">Called when there is one, or when the guest is to end; perhaps before this returns. Must not throw.</param>
    /// <param name="onPool">Whether to call it on a thread of the pool, behind what waits there.</param>
    public void Wait(Action goOn, bool onPool = false)
    {
        var (guestToken, callToken) = (_guest.CancellationToken, _guest.CallToken);
        (_goOn, _onPool) = (goOn, onPool);

        // Takes back the places of those that are not to be seen.
        _guest.Module.Engine.Ticker.Enter();
        _guestToken = guestToken.UnsafeRegister(static self => ((ComputeTurn)self!).GiveUp(), this);
        _callToken = callToken.UnsafeRegister(static self => ((ComputeTurn)self!).GiveUp(), this);
        Gate.Wait(this);

        // It may have come before there was something to give up.
        if (guestToken.IsCancellationRequested || callToken.IsCancellationRequested) GiveUp();
    }

    /// <summary>Waits for a place no more.</summary>
    public void GiveUp() => Gate.GiveUp(this);

    /// <summary>To be awaited: goes on, on a thread of the pool, when there is a place or the guest is to end.</summary>
    public PlaceAwaitable WaitAsync() => new(this);

    /// <summary>The guest runs on this thread.</summary>
    /// <param name="isTicking">Whether it computed for a tick before.</param>
    public void Start(bool isTicking = false)
    {
        HasStarted = true;
        CheckTenant();
        Meter.Start(isTicking);
    }

    /// <summary>The guest has stopped running, and keeps its place.</summary>
    public void StopMeter() => Charge(Meter.Stop());

    /// <summary>A call has ended that computed where the meter did not run.</summary>
    public void NoteUncounted(long ticks)
    {
        Meter.Add(ticks);
        Charge(ticks);
    }

    /// <summary>Gives the place back, if there is one.</summary>
    public void Leave() => Gate.Leave(this);

    /// <summary>The guest has ended: gives the place back, if there is one.</summary>
    public void End()
    {
        StopMeter();
        if (HasStarted) Share.NoteGuest(Meter.TotalTicks);
        Leave();
    }

    /// <summary>The guest waits, or a call of it has ended.</summary>
    public void Stop()
    {
        StopMeter();
        Leave();
    }

    /// <summary>The guest has computed for a tick.</summary>
    public void NoteTick()
    {
        Seen = Environment.TickCount64;
        Charge(Meter.NoteTick());
        CheckTenant();
        Share.NoteGuest(Meter.TotalTicks);
    }

    /// <summary>Whether the guest may not go on computing before it has waited for a place.</summary>
    public bool MustWait()
    {
        if (!IsGated || !Gate.Has(this))
        {
            // A spare place, if there is one.
            Leave();
            return !TryEnter();
        }

        WasInterrupted = Gate.MustYield(this);
        return WasInterrupted;
    }

    /// <inheritdoc/>
    public bool MustStop => _guest.MustStop;

    /// <inheritdoc/>
    /// <remarks>On the guest's own thread, which a call never leaves while it computes, it is the meter that counts.</remarks>
    public bool HasComputedEnough(long uncounted)
    {
        if (ReferenceEquals(GuestStore.Entered, _guest)) NoteTick();
        return Meter.IsExceededWith(uncounted);
    }

    /// <summary>Why a host call has ended the guest by an exception: one that was thrown because the guest has computed for too long does not say so.</summary>
    public Exception ReasonOf(Exception exception) =>
        exception is OperationCanceledException && Meter.IsExceeded && !MustStop ? LimitExceeded() : exception;

    /// <summary>Why the guest is ended when it has computed for too long.</summary>
    public GuestLimitException LimitExceeded() => _tenantHasEnough
        ? new(GuestLimit.TenantCpuTime, _tenant!.MaxComputedMilliseconds)
        : new(GuestLimit.CpuTime, (long)Meter.Limit.TotalMilliseconds);

    /// <summary>It is being given a place.</summary>
    public void Taking(int place) => (Place, Seen) = (place, Environment.TickCount64);

    /// <summary>There is a place, or none is needed any more. Called once for each <see cref="Wait"/>.</summary>
    public void GoOn()
    {
        var (goOn, onPool) = (_goOn!, _onPool);
        _goOn = null;
        _guestToken.Unregister();
        _callToken.Unregister();
        _guest.Module.Engine.Ticker.Leave();
        if (onPool) ThreadPool.UnsafeQueueUserWorkItem(static action => action(), goOn, preferLocal: false);
        else goOn();
    }

    internal readonly struct PlaceAwaitable(ComputeTurn turn) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public PlaceAwaitable GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) => turn.Wait(continuation, onPool: true);
    }

    private void Charge(long ticks)
    {
        Share.Charge(ticks);
        _tenant?.Compute(ticks);
    }

    private void CheckTenant()
    {
        if (_tenant is not { HasComputedEnough: true } || Meter.IsExceeded) return;
        _tenantHasEnough = true;
        Meter.Exceed();
    }
}
