namespace WasiCloud.Embedding;

/// <summary>What a daemon does.</summary>
public enum GuestDaemonState
{
    /// <summary>Its guest waits for a slot, or is about to run.</summary>
    Starting,

    /// <summary>Its guest runs.</summary>
    Running,

    /// <summary>Its guest has ended; after a while it is started again.</summary>
    Waiting,

    /// <summary>Its guest was asked to end.</summary>
    Stopping,

    /// <summary>It was stopped, or its lifetime is over.</summary>
    Stopped,

    /// <summary>It has ended too often within too short a time, and is not started again.</summary>
    Failed,
}
