namespace WasiCloud.Embedding.HostCalls;

/// <summary>Knows whether a guest is to end.</summary>
internal interface IGuestInterruption
{
    /// <summary>Whether the guest is to end. Looks at the clock itself: on a busy thread pool, the timer that cancels may be late.</summary>
    bool MustStop { get; }

    /// <summary>Whether the guest has computed for as long as it may. Asked by a call in progress, between two pieces.</summary>
    /// <param name="uncounted">What the call computed since it first gave its thread to others, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
    bool HasComputedEnough(long uncounted);
}
