using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine.Fibers;

/// <summary>
/// One guest after another, each on a stack of its own: entered by <see cref="Poll"/>, left when it ends or when one of its host calls has to wait.
/// </summary>
/// <remarks>Entered by one thread at a time, not always the same, and only by one above whose frames no fiber lies.</remarks>
internal sealed class GuestFiber(GuestStore store) : IDisposable
{
    // What the engine's futures point to. Not on the managed heap, which moves.
    private unsafe Block* _block;
    private FiberStacks _stacks = null!;
    private InstancePreHandle? _instancePre;
    private nint _future;
    private HostFunction? _function;
    private GuestImport? _import;
    private CallArguments _arguments;
    private GuestSlot[] _slots = [];
    private unsafe WasmValue* _results;
    private unsafe nint* _trap;
    private Exception? _failure;
    private bool _hasCompleted;
    private bool _isToBeTold;

    // What came of the host call; pending if it is still to be carried out, and not only to be told to the guest's observer.
    private HostCallOutcome _outcome;

    public GuestStore Store { get; } = store;

    /// <summary>Whether a host call waits to be carried out by <see cref="CompleteHostCallAsync"/>.</summary>
    public bool IsWaiting => (_function is not null || _import is not null) && !_hasCompleted;

    /// <summary>Whether that host call is a function of the application.</summary>
    public bool IsInImport => _import is not null;

    /// <summary>Prepares for a guest. <see cref="Dispose"/> ends with it.</summary>
    public unsafe void Open(FiberStacks stacks)
    {
        _stacks = stacks;
        _block = (Block*)NativeMemory.AllocZeroed((nuint)sizeof(Block));
        (_function, _import, _failure, _hasCompleted) = (null, null, null, false);
    }

    /// <summary>Makes the store. Then <see cref="Poll"/> instantiates the module.</summary>
    /// <param name="fuel">What the guest may burn, if the engine counts it.</param>
    public unsafe void BeginInstantiation(long fuel)
    {
        Store.Open();
        Store.SetFuel(fuel);
        Hold(Store.Guest.Recorder is { AnswersCalls: true } ? Store.Module.AnsweredInstancePre : Store.Module.FiberInstancePre!);
        _future = AsyncApi.Instantiate(_instancePre!, Store.NativeContext, &_block->Instance, &_block->Trap, &_block->Error);
    }

    /// <summary>The instance is there. Then <see cref="Poll"/> runs <c>_start</c>.</summary>
    /// <returns>Whether there is something to run.</returns>
    public unsafe bool TryBeginStart()
    {
        Store.Adopt(_block->Instance);
        if (!Store.TryGetFunction("_start"u8, out var start)) return false;
        _block->Function = start;
        _future = AsyncApi.Call(Store.NativeContext, &_block->Function, arguments: null, 0, results: null, 0, &_block->Trap, &_block->Error);
        return true;
    }

    /// <summary>Runs the guest on this thread until it ends or has to wait.</summary>
    /// <param name="entry">The limits of this guest.</param>
    /// <returns>Whether it has ended.</returns>
    public bool Poll(in GuestEntry entry)
    {
        if (!_stacks.AreBelowThisThread) throw new InvalidOperationException("A thread below the fibers' stacks must not poll.");
        Store.Enter(entry);
        var hasEnded = AsyncApi.Poll(_future);
        Store.Leave();

        // What the guest waits for may be bytes in its memory.
        if (!IsWaiting) Store.ForgetMemory();
        return hasEnded;
    }

    /// <summary>
    /// Tells the guest's observer of the calls that it made on its stack. To be called when it was left, in which the memory of a call that waits is still
    /// there.
    /// </summary>
    public void TellObserver() => Store.Guest.Recorder?.Tell();

    /// <summary>Takes what the last future left behind.</summary>
    public unsafe CallOutcome TakeOutcome()
    {
        DeleteFuture();
        var outcome = new CallOutcome(_block->Error, _block->Trap);
        (_block->Error, _block->Trap) = (0, 0);
        return outcome;
    }

    /// <summary>Carries out the host call that the guest left its stack for, on the stack of whoever calls this.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask CompleteHostCallAsync(CancellationToken cancellationToken)
    {
        // Its observer has been told of all that came before, off the fiber.
        var (import, recorder) = (_import, Store.Guest.Recorder);
        try
        {
            if (import is not null && recorder is not null) ObservedImport.Begin(recorder, import, _slots);
            if (import is not null) await InvokeImportAsync(import, cancellationToken).ConfigureAwait(false);
            else if (!HasOutcome(_function!)) _outcome = await _function!.CompleteAsync(Store.Guest, _arguments, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Cancellation, or a defect of this library: the guest ends when it is polled next.
            Store.HostException = exception;
            _outcome = HostCallOutcome.Ended;
        }

        if (import is not null && recorder is not null) ObservedImport.End(recorder, import, _slots, Store.HostException is null);
        else if (_isToBeTold) recorder?.End(_outcome);
        (_failure, _isToBeTold, _hasCompleted) = (null, false, true);
    }

    public unsafe void Dispose()
    {
        DeleteFuture();
        Store.Fiber = null;
        Store.Dispose();
        NativeMemory.Free(_block);
        _block = null;
    }

    /// <summary>On the fiber: a WASI function was called.</summary>
    public unsafe void Begin(HostFunction function, in CallArguments arguments, WasmValue* results, nint* trap, AsyncContinuation* continuation)
    {
        continuation->Callback = &IsComplete;
        var recorder = Store.Guest.Recorder;
        var outcome = recorder is null ? BeginSafely(function, arguments) : BeginObserved(recorder, function, arguments);
        if (outcome.IsMustWait || recorder is { ShouldTell: true })
        {
            (_function, _arguments, _outcome, _hasCompleted) = (function, arguments, outcome, false);
            _results = results;
            _trap = trap;
            continuation->Callback = &HasCompleted;
        }
        else
        {
            SetOutcome(function, outcome, results, trap);
        }
    }

    /// <summary>On the fiber: a function of the application was called, which never runs there.</summary>
    public unsafe void Begin(GuestImport import, WasmValue* arguments, WasmValue* results, nint* trap, AsyncContinuation* continuation)
    {
        // A function that is not awaited to its end may keep its own.
        if (_slots.Length < import.SlotCount || import.WaitingBody is not null) _slots = new GuestSlot[import.SlotCount];
        for (var index = 0; index < import.Parameters.Length; index++) _slots[index].Bits = arguments[index].I64;
        (_import, _hasCompleted) = (import, false);
        _results = results;
        _trap = trap;
        continuation->Callback = &HasCompleted;
    }

    [UnmanagedCallersOnly]
    private static byte IsComplete(nint environment) => 1;

    // On the fiber, at each poll.
    [UnmanagedCallersOnly]
    private static byte HasCompleted(nint environment) => GuestStore.Entered.Fiber!.TryResume() ? (byte)1 : (byte)0;

    private unsafe void SetOutcome(HostFunction function, HostCallOutcome outcome, WasmValue* results, nint* trap)
    {
        if (outcome.Kind == HostCallOutcomeKind.Exited)
        {
            Store.ExitCode = outcome.ExitCode;
            *trap = TrapApi.New("exit"u8);
        }
        else if (function.ReturnsErrno)
        {
            results->Kind = WasmValueKind.I32;
            results->I32 = (int)outcome.Error;
        }
    }

    // The future reads it at its first poll, before which the module may be disposed.
    private void Hold(InstancePreHandle instancePre)
    {
        var isHeld = false;
        instancePre.DangerousAddRef(ref isHeld);
        _instancePre = instancePre;
    }

    private void DeleteFuture()
    {
        if (_future != 0) AsyncApi.Delete(_future);
        _instancePre?.DangerousRelease();
        (_future, _instancePre) = (0, null);
    }

    // What was thrown is told after the fiber was left: a log is foreign code.
    private HostCallOutcome BeginSafely(HostFunction function, in CallArguments arguments)
    {
        try
        {
            return function.BeginUnguarded(Store.Guest, arguments);
        }
        catch (Exception exception)
        {
            _failure = exception;
            return HostCallOutcome.MustWait;
        }
    }

    // An observer is foreign code too: it is told after the fiber was left, and answers there.
    private HostCallOutcome BeginObserved(HostCallRecorder recorder, HostFunction function, in CallArguments arguments)
    {
        try
        {
            recorder.BeginOnFiber(function.Signature, arguments);
            var outcome = recorder.AnswersCalls ? HostCallOutcome.MustWait : BeginSafely(function, arguments);
            _isToBeTold = outcome.IsMustWait;
            if (!_isToBeTold) recorder.EndOnFiber(outcome);
            return outcome;
        }
        catch (Exception exception)
        {
            _failure = exception;
            return HostCallOutcome.MustWait;
        }
    }

    // Off the fiber: whether all that is left of the call is to tell, or there is an answer to it.
    private bool HasOutcome(HostFunction function)
    {
        if (!_outcome.IsMustWait) return true;
        if (_failure is not null) _outcome = function.Fail(Store.Guest, _failure);
        else if (Store.Guest.Recorder is { AnswersCalls: true } recorder)
            _outcome = recorder.TryAnswer(out var answer) ? answer : function.Begin(Store.Guest, _arguments);
        return !_outcome.IsMustWait;
    }

    private unsafe bool TryResume()
    {
        if (!_hasCompleted) return false;
        if (Store.HostException is not null) *_trap = TrapApi.New("host"u8);
        else if (_function is not null) SetOutcome(_function, _outcome, _results, _trap);
        (_function, _import, _hasCompleted) = (null, null, false);
        return true;
    }

    private ValueTask InvokeImportAsync(GuestImport import, CancellationToken cancellationToken)
    {
        if (import.WaitingBody is not null) return AwaitImportAsync(import, cancellationToken);
        try
        {
            ImportInvocation.Invoke(import, Store, _slots.AsSpan(0, import.SlotCount));
        }
        catch (Exception exception)
        {
            Store.HostException = ImportInvocation.ToHostException(import, Store, exception);
            return ValueTask.CompletedTask;
        }

        SetResults(import);
        return ValueTask.CompletedTask;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitImportAsync(GuestImport import, CancellationToken cancellationToken)
    {
        await WaitingImport.CompleteAsync(import, Store, _slots, cancellationToken).ConfigureAwait(false);
        SetResults(import);
    }

    private unsafe void SetResults(GuestImport import)
    {
        var types = import.Results;
        for (var index = 0; index < types.Length; index++)
        {
            _results[index].Kind = ValueConversion.ToKind(types[index]);
            _results[index].I64 = _slots[index].Bits;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Block
    {
        public InstanceReference Instance;
        public FunctionReference Function;
        public nint Trap;
        public nint Error;
    }
}
