using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// An invocation that waits: for slots, and then, while many wait to compute, for a place there. Nothing else of an invocation exists before, so those whose
/// clients give up cost next to nothing.
/// </summary>
/// <param name="services">The host.</param>
/// <param name="slots">What it waits for first.</param>
/// <param name="module">What to run.</param>
/// <param name="claim">For which guest.</param>
/// <param name="share">With whom it shares the processor.</param>
/// <param name="limits">The limits of the guest; the time that it waits for a place counts.</param>
/// <param name="begin">
/// Begins with the guest, within these limits and with the place that it waited for, if it did. The slots are the callee's from then on.
/// </param>
/// <param name="cancellationToken">Ends the waiting.</param>
internal sealed class WaitingInvocation(
    InvocationServices services,
    InvocationSlots slots,
    CompiledModule module,
    SlotClaim claim,
    ComputeShare share,
    ExecutionLimits limits,
    Func<ExecutionLimits, ComputeTurn?, Task<InvocationResponse>> begin,
    CancellationToken cancellationToken) : SlotTurn(cancellationToken), IComputing, IThreadPoolWorkItem
{
    // So many guests are ready to go on the thread of one that ends, which saves two switches of threads; more gain nothing.
    private static readonly int MaxReady = 8 * Environment.ProcessorCount;

    // The caller's own, whichever thread makes room. There is none if the caller does not want it to flow.
    private readonly ExecutionContext? _context = ExecutionContext.Capture();
    private readonly TaskCompletionSource<InvocationResponse> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ComputeTurn? _turn;
    private ITimer? _timer;
    private long _letIn;
    private bool _isLate;

    /// <summary>What becomes of it.</summary>
    public Task<InvocationResponse> Response => _response.Task;

    public CompiledModule Module => module;

    public ComputeShare Share => share;

    /// <inheritdoc/>
    /// <remarks>The host's, of what has a token of its own.</remarks>
    public CancellationToken CallToken => services.ShutdownToken;

    public bool MustStop => CancellationToken.IsCancellationRequested || services.ShutdownToken.IsCancellationRequested;

    /// <summary>Whether so many wait to compute that another guest is not made yet.</summary>
    public static bool MustWait(CompiledModule module, ComputeShare share) =>
        module.Engine.Gate.Waiting >= MaxReady && !module.Engine.Gate.MayBegin(share);

    /// <summary>Waits for a place to compute. It has its slots.</summary>
    public void WaitForPlace()
    {
        if (_letIn == 0) _letIn = services.TimeProvider.GetTimestamp();
        var turn = _turn = new ComputeTurn(this);
        if (limits.HaveEnd)
            _timer = services.TimeProvider.CreateTimer(static self => ((WaitingInvocation)self!).Expire(), this, limits.Timeout, Timeout.InfiniteTimeSpan);

        // On threads it goes on where another guest has just ended, which then runs this one; a fiber's would nest.
        turn.Wait(Begin, onPool: module.Engine.Fibers is not null || _context is null);

        // It may have come before there was something to give up.
        if (Volatile.Read(ref _isLate)) turn.GiveUp();
    }

    public override void LetIn()
    {
        _letIn = services.TimeProvider.GetTimestamp();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public override void Refuse(Exception exception) => InvocationFailure.Fail(_response, exception);

    void IThreadPoolWorkItem.Execute()
    {
        if (MustStop) End(InvocationFailure.Canceled(CancellationToken));
        else if (MustWait(module, share)) WaitForPlace();
        else Begin();
    }

    private void Expire()
    {
        Volatile.Write(ref _isLate, value: true);
        _turn!.GiveUp();
    }

    // Throws nothing: it runs on whatever thread made place.
    private void Begin()
    {
        _timer?.Dispose();
        if (MustStop) End(InvocationFailure.Canceled(CancellationToken));
        else if (Volatile.Read(ref _isLate)) End(new GuestLimitException(GuestLimit.Time, (long)limits.Timeout.TotalMilliseconds));
        else if (_context is null) _ = BeginAsync();
        else ExecutionContext.Run(_context, static self => _ = ((WaitingInvocation)self!).BeginAsync(), this);

        // Unless the guest took it over.
        _turn?.Leave();
    }

    private async Task BeginAsync()
    {
        Task<InvocationResponse> responding;
        try
        {
            responding = begin(limits with { Waited = services.TimeProvider.GetElapsedTime(_letIn) }, _turn);
        }
        catch (Exception exception)
        {
            _response.SetException(exception);
            return;
        }

        await ((Task)responding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _response.SetFromTask(responding);
    }

    // Has slots, and no guest.
    private void End(Exception exception)
    {
        slots.Leave(claim);
        Refuse(exception);
    }
}
