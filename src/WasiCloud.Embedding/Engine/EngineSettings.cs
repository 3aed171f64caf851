namespace WasiCloud.Embedding.Engine;

/// <summary>What is decided once per engine; a part of the compiled-module cache's key where it changes the code.</summary>
/// <param name="MaxMemoryBytes">Linear memory of one guest, in bytes.</param>
/// <param name="MaxTableElements">Elements of each of a guest's tables.</param>
/// <param name="MaxStackBytes">WebAssembly call stack, in bytes.</param>
/// <param name="MaxInstances">Instances that may live at one time.</param>
/// <param name="CountsFuel">Whether code counts the instructions it executes.</param>
/// <param name="WantsFibers">Whether guests are to run on stacks of their own, if that can be.</param>
internal sealed record EngineSettings(long MaxMemoryBytes, int MaxTableElements, int MaxStackBytes, int MaxInstances, bool CountsFuel = false, bool WantsFibers = false)
{
    /// <summary>Native stack for host calls made by the deepest guest frame. 313 KiB were measured to survive 280 KiB of managed frames and an exception.</summary>
    public const int HostStackBytes = 512 << 10;

    // From this size on, Wasmtime splits its pool into parts and looks through them one after the other. It misses a place that becomes free behind it while another guest takes the last one before it:
    // with 750 places for 750 guests, one in 200,000 was refused.
    private const int SplitPool = 128;
    private const int SpareSlots = 64;

    /// <summary>Places in the engine's pool: some more than instances.</summary>
    public int PoolSlots => MaxInstances < SplitPool ? MaxInstances : MaxInstances + SpareSlots;

    /// <summary>Stack of a thread that runs guests.</summary>
    public int ThreadStackBytes => MaxStackBytes + HostStackBytes;

    /// <summary>What changes the compiled code or its compatibility; the first number is for everything in <see cref="WasmEngine"/> that is not named here.</summary>
    public string CacheKey => FormattableString.Invariant($"1;epoch;no-threads;no-memory64;no-multi-memory;no-exceptions;no-gc;stack={MaxStackBytes};fuel={CountsFuel}");
}
