namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// Sees every host call of a guest begin and end, of WASI and of the application's own functions, and may answer one of WASI instead of the host. Given as
/// <c>InvocationRequest.Observer</c>.
/// </summary>
/// <remarks>
/// <para>
/// Called for one guest by one thread at a time, and in the order of the calls: each begins, and ends before the next one begins. Of a guest on a thread it is
/// told at once, on that thread.
/// A guest on a fiber does not wait for it: it is told of several calls together, when the guest has left its stack, which is at the latest when it waits,
/// ends, has computed for some
/// milliseconds, or has made some thousand calls. Every call that begins also ends, whatever becomes of the guest, and it has been told all before the
/// invocation completes.
/// One that is given to several guests is called for them at one time.
/// </para>
/// <para>
/// What it takes is the guest's time: it counts for the guest's limits. What is passed to it is valid during the call only. If it throws, the host logs that
/// once and tells it nothing more of
/// this guest, which notices nothing; but if it throws instead of an answer, the guest is ended.
/// </para>
/// </remarks>
public abstract class HostCallObserver
{
    /// <summary>
    /// Whether it wants <see cref="HostCall.Began"/> and <see cref="HostCall.Ended"/>, which cost two looks at a clock for each call. Default: no. Asked once
    /// for each guest.
    /// </summary>
    public virtual bool WantsTimes => false;

    /// <summary>
    /// Whether <see cref="TryAnswer"/> is to be asked, which is for functions of WASI only: those of the application have results that no outcome has.
    /// Default: no. Asked once for each guest.
    /// </summary>
    public virtual bool AnswersCalls => false;

    /// <summary>A call began.</summary>
    /// <param name="call">Its function and arguments.</param>
    public virtual void CallBegan(in HostCall call)
    {
    }

    /// <summary>A call ended.</summary>
    /// <param name="call">The same, with its outcome and what was written into the guest's memory.</param>
    public virtual void CallEnded(in HostCall call)
    {
    }

    /// <summary>Answers a call instead of the host, after <see cref="CallBegan"/> and before the guest goes on.</summary>
    /// <param name="call">Its function and arguments.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="outcome">
    /// What the guest is told, or its end. An errno must be one of <see cref="FileSystem.Errno"/>, and none can be given for a function that returns none.
    /// </param>
    /// <returns>Whether it answered. Otherwise the host does, and nothing may have been written.</returns>
    public virtual bool TryAnswer(in HostCall call, HostCallMemory memory, out HostCallOutcome outcome)
    {
        outcome = default;
        return false;
    }
}
