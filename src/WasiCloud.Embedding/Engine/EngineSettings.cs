namespace WasiCloud.Embedding.Engine;

/// <summary>What is decided once per engine; a part of the compiled-module cache's key where it changes the code.</summary>
/// <param name="MaxMemoryBytes">Linear memory of one guest, in bytes.</param>
/// <param name="MaxTableElements">Elements of each of a guest's tables.</param>
/// <param name="MaxStackBytes">WebAssembly call stack, in bytes.</param>
/// <param name="MaxInstances">Instances that may live at one time.</param>
/// <param name="CountsFuel">Whether code counts the instructions it executes.</param>
/// <param name="WantsFibers">Whether guests are to run on stacks of their own, if that can be.</param>
internal sealed record EngineSettings(
    long MaxMemoryBytes, int MaxTableElements, int MaxStackBytes, int MaxInstances, bool CountsFuel = false, bool WantsFibers = false)
{
    /// <summary>
    /// Native stack for host calls made by the deepest guest frame. 313 KiB were measured to survive 280 KiB of managed frames and an exception.
    /// </summary>
    public const int HostStackBytes = 512 << 10;

    // From this size on, Wasmtime splits its pool into parts and looks through them one after the other. It misses a place that becomes free behind it while
    // another guest takes the last one before it: with 750 places for 750 guests, one in 200,000 was refused.
    private const int SplitPool = 128;
    private const int SpareSlots = 64;

    /// <summary>Slots that a guest with a heap for references takes: its heap lies in the pool of memories too.</summary>
    public const int SlotsWithHeap = 2;

    /// <summary>Tables that a module may have.</summary>
    public const int TablesPerModule = 4;

    /// <summary>Places in the engine's pool: some more than instances.</summary>
    public int PoolSlots => WithSpares(MaxInstances);

    /// <summary>Memories and heaps in the pool. One guest with a heap must have room even where one guest may run at one time.</summary>
    public int PoolMemories => WithSpares(Math.Max(MaxInstances, SlotsWithHeap));

    /// <summary>Tables in the pool.</summary>
    public int PoolTables => WithSpares(MaxInstances * TablesPerModule);

    /// <summary>Stack of a thread that runs guests.</summary>
    public int ThreadStackBytes => MaxStackBytes + HostStackBytes;

    /// <summary>
    /// What changes the compiled code or its compatibility; the first number is for everything in <see cref="WasmEngine"/> that is not named here.
    /// </summary>
    public string CacheKey =>
        FormattableString.Invariant($"2;epoch;no-threads;no-memory64;no-multi-memory;no-exceptions;no-gc;stack={MaxStackBytes};fuel={CountsFuel}");

    private static int WithSpares(int places) => places < SplitPool ? places : places + SpareSlots;
}
