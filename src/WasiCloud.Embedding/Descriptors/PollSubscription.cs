using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>One thing a guest polls for, and what became of it.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct PollSubscription
{
    /// <summary>The handle, or <see langword="null"/> for a clock.</summary>
    public FileHandle? Handle;

    /// <summary>What is waited for on the handle.</summary>
    public FileReadiness Interest;

    /// <summary>For a clock: when it fires, by <see cref="GuestClock.MonotonicNanoseconds"/>.</summary>
    public long Deadline;

    /// <summary>Whether there is an event to report.</summary>
    public bool IsReady;

    /// <summary>What the handle is ready for.</summary>
    public FileReadiness Readiness;

    /// <summary>Why the handle cannot be polled.</summary>
    public Errno Error;

    public void Complete(FsResult<FileReadiness> result)
    {
        (Readiness, Error) = (result.Value, result.Error);
        IsReady = result.Error != Errno.Success || result.Value != FileReadiness.None;
    }
}
