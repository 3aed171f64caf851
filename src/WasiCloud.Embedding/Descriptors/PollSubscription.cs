using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>One thing a guest polls for, and what became of it.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct PollSubscription
{
    /// <summary>What the guest recognizes the event by.</summary>
    public ulong UserData;

    /// <summary>The event's type, as the guest gave it.</summary>
    public byte Type;

    /// <summary>What is polled, or <see langword="null"/> for a clock and for what cannot be polled at all.</summary>
    public Descriptor? Descriptor;

    /// <summary>What is waited for on the descriptor.</summary>
    public FileReadiness Interest;

    /// <summary>For a clock: when it fires, by <see cref="IMonotonicClock.MonotonicNanoseconds"/>.</summary>
    public long Deadline;

    /// <summary>Whether there is an event to report.</summary>
    public bool IsReady;

    /// <summary>What the descriptor is ready for.</summary>
    public FileReadiness Readiness;

    /// <summary>How many bytes can be moved: for reading as many as are there, for writing at least one.</summary>
    public ulong AvailableBytes;

    /// <summary>Why there is nothing to wait for.</summary>
    public Errno Error;

    /// <summary>What the handle threw; told once, however many subscriptions there are for the handle.</summary>
    public Exception? Failure;

    public readonly FileHandle? Handle => Descriptor?.Handle;

    /// <summary>Takes what a handle answered, which may be meant for another subscription of the same handle.</summary>
    public void Complete(FsResult<FileReadiness> result)
    {
        (Readiness, Error) = (result.Value & (Interest | FileReadiness.HangUp), result.Error);
        IsReady = Error != Errno.Success || Readiness != FileReadiness.None;
    }

    /// <summary>Looks at a clock.</summary>
    public void Complete(long monotonicNow) => IsReady = Error != Errno.Success || Deadline <= monotonicNow;
}
