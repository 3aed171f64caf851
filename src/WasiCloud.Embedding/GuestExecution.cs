namespace WasiCloud.Embedding;

/// <summary>What a guest runs on.</summary>
public enum GuestExecution
{
    /// <summary>A thread of its own while it lives, also while it waits. Works everywhere.</summary>
    Threads,

    /// <summary>
    /// A stack of its own, on the thread of whoever invokes it for some 5 ms or until it waits for something, and then on pool threads: a waiting guest holds
    /// none. Linux on x64 and arm64; where the memory layout does not allow it, guests run on <see cref="Threads"/> and the log says so once.
    /// </summary>
    Fibers,

    /// <summary><see cref="Fibers"/> where the process has the memory layout for it, otherwise <see cref="Threads"/>.</summary>
    Auto,
}
