namespace WasiCloud.Embedding.HostCalls;

/// <summary>What a host call came to.</summary>
public enum HostCallOutcomeKind
{
    /// <summary>The guest got a result and goes on.</summary>
    Completed = 0,

    /// <summary>The guest asked to end (<c>proc_exit</c>).</summary>
    Exited = 1,

    /// <summary>The guest was ended in the call.</summary>
    Ended = 2,
}
