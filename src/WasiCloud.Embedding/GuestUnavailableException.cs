namespace WasiCloud.Embedding;

/// <summary>A daemon takes no requests: it is stopped, is about to stop, or has failed.</summary>
public sealed class GuestUnavailableException : GuestException
{
    internal GuestUnavailableException(string daemon, GuestDaemonState state, Exception? innerException)
        : base($"The daemon '{daemon}' takes no requests: it is {state}.", innerException) => State = state;

    /// <summary>What it does instead.</summary>
    public GuestDaemonState State { get; }
}
