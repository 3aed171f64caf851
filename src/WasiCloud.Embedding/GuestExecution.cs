namespace WasiCloud.Embedding;

/// <summary>What a guest runs on.</summary>
public enum GuestExecution
{
    /// <summary>A thread of its own while it lives, also while it waits. Works everywhere.</summary>
    Threads,

    /// <summary>
    /// A stack of its own, on the thread of whoever invokes it until it waits for something, and then on a pool thread: a waiting guest holds no thread. Linux on x64 and arm64; where the memory layout
    /// does not allow it, guests run on <see cref="Threads"/> and the log says so once.
    /// </summary>
    Fibers,
}
