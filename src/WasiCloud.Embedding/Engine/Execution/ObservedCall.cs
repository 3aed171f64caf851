using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>
/// A call of a function by a guest that is observed, made where it is carried out at once: on the guest's thread, or on a fiber if the function never waits and
/// nobody but the host answers it.
/// </summary>
internal static class ObservedCall
{
    /// <summary>Carries it out.</summary>
    /// <exception cref="Exception">The guest is to end.</exception>
    public static HostCallOutcome Run(GuestStore store, HostCallRecorder recorder, HostFunction function, in CallArguments arguments)
    {
        if (store.Fiber is not null) return RunOnFiber(store, recorder, function, arguments);
        recorder.Begin(function.Signature, arguments);
        HostCallOutcome outcome;
        try
        {
            outcome = CarryOut(store, recorder, function, arguments);
        }
        catch
        {
            recorder.End(HostCallOutcome.Ended);
            throw;
        }

        recorder.End(outcome);
        return outcome;
    }

    private static HostCallOutcome RunOnFiber(GuestStore store, HostCallRecorder recorder, HostFunction function, in CallArguments arguments)
    {
        recorder.BeginOnFiber(function.Signature, arguments);
        HostCallOutcome outcome;
        try
        {
            outcome = CarryOut(store, recorder, function, arguments);
        }
        catch
        {
            EndOnFiber(store, recorder, HostCallOutcome.Ended);
            throw;
        }

        EndOnFiber(store, recorder, outcome);
        return outcome;
    }

    private static HostCallOutcome CarryOut(GuestStore store, HostCallRecorder recorder, HostFunction function, in CallArguments arguments)
    {
        if (recorder.AnswersCalls && recorder.TryAnswer(out var answer)) return answer;
        var outcome = function.Begin(store.Guest, arguments);
        return outcome.IsMustWait ? store.Waiter.Wait(function, store.Guest, arguments, store.CancellationToken) : outcome;
    }

    // There is no way to leave a fiber from here, and an observer must not run on it. The guest leaves it when it calls a function of its own the next time; if
    // it calls none, another thread tells the observer, and this one waits.
    private static void EndOnFiber(GuestStore store, HostCallRecorder recorder, HostCallOutcome outcome)
    {
        recorder.EndOnFiber(outcome);
        if (recorder.TryAskToLeave()) store.LeaveSoon();
        if (!recorder.MustTell) return;
        using var telling = new Telling(recorder);
        store.Module.Engine.Threads.Run(telling);
        telling.Wait();
    }

    private sealed class Telling(HostCallRecorder recorder) : IGuestWork, IDisposable
    {
        private readonly ManualResetEventSlim _done = new();

        public void Execute(IPendingCallWaiter waiter)
        {
            recorder.Tell();
            _done.Set();
        }

        public void Wait() => _done.Wait();

        public void Dispose() => _done.Dispose();
    }
}
