namespace WasiCloud.Embedding.Preview1;

/// <summary>Knows whether a guest is to end.</summary>
internal interface IGuestInterruption
{
    /// <summary>Whether the guest is to end. Looks at the clock itself: on a busy thread pool, the timer that cancels may be late.</summary>
    bool MustStop { get; }
}
