using System.Text;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Fibers;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine;

/// <summary>One Wasmtime engine with the linker that offers the host's functions to every module. Thread-safe.</summary>
internal sealed class WasmEngine : IDisposable
{
    // A memory of 4 GiB with a guard behind it is what lets compiled code leave out bounds checks.
    private const long MemoryReservationBytes = 4L << 30;
    private const long MemoryGuardBytes = 32L << 20;

    // Up to this much of a slot's memory is cleared rather than unmapped when a guest ends: more than the two pages that C programs begin with. Faulting them
    // in again costs 15 us of kernel time.
    private const nuint KeepResidentBytes = 192 << 10;
    private const uint MaxWarmSlots = 100;

    // Whoever maps or unmaps memory meanwhile may spoil the layout.
    private const int LayoutAttempts = 16;

    private static readonly TimeSpan IdleThreadTimeout = TimeSpan.FromSeconds(10);

    // One engine at a time looks for its place.
    private static readonly Lock AddressSpace = new();

    private readonly Lazy<LinkerHandle> _answeringLinker;

    public WasmEngine(EngineSettings settings, HostCallTable hostCalls, IReadOnlyList<GuestImport>? imports = null, ComputeGate? gate = null)
    {
        NativeLibraryCheck.EnsureCompatible();
        CheckBudget(settings, settings.WantsFibers);
        (Settings, HostCalls, Imports, Gate) = (settings, hostCalls, imports ?? [], gate ?? new ComputeGate(Environment.ProcessorCount));
        Handle = settings.WantsFibers ? CreateWithFibers(settings, out var fibers) : Create(settings, out fibers);
        Linker = new LinkerHandle(Handle);
        DefineHostFunctions();
        DefineImports();
        if (fibers is not null)
        {
            Fibers = fibers;
            FiberLinker = LinkForFibers(static function => !function.MayWait);
        }

        _answeringLinker = new Lazy<LinkerHandle>(() => LinkForFibers(static _ => false));

        Ticker = new EpochTicker(Handle, Gate);
        Threads = new GuestThreads(settings.ThreadStackBytes, IdleThreadTimeout);
    }

    public EngineSettings Settings { get; }

    /// <summary>The host's functions.</summary>
    public HostCallTable HostCalls { get; }

    /// <summary>The application's own functions.</summary>
    public IReadOnlyList<GuestImport> Imports { get; }

    public EngineHandle Handle { get; }

    /// <summary>Where guests get their places to compute; one for all engines of a host.</summary>
    public ComputeGate Gate { get; }

    public LinkerHandle Linker { get; }

    /// <summary>Runs guests on fibers; <see langword="null"/> if nobody wants that, or their stacks do not lie where they have to.</summary>
    public GuestFibers? Fibers { get; }

    /// <summary>Runs guests on threads. Whoever made the engine disposes it before the engine.</summary>
    public GuestThreads Threads { get; }

    /// <summary>The same functions for guests on fibers.</summary>
    public LinkerHandle? FiberLinker { get; }

    /// <summary>
    /// The same for guests on fibers whose calls an observer may answer, which it does elsewhere: every call may leave the stack. Made for the first of them.
    /// </summary>
    public LinkerHandle AnsweringLinker => _answeringLinker.Value;

    public EpochTicker Ticker { get; }

    /// <summary>Whether this thread has the stack that a guest may need. With too little, a guest would end the process instead of trapping.</summary>
    public bool FitsThisThread => ThreadStack.RemainingBytes >= (nuint)Settings.ThreadStackBytes;

    public void Dispose()
    {
        Fibers?.Dispose();
        Ticker.Dispose();
        Linker.Dispose();
        FiberLinker?.Dispose();
        if (_answeringLinker.IsValueCreated) _answeringLinker.Value.Dispose();
        Handle.Dispose();
    }

    /// <summary>
    /// Makes an engine that only compiles, for others with the same settings: how many guests they run, and on what, does not change the code.
    /// </summary>
    public static EngineHandle CreateForCompilation(EngineSettings settings)
    {
        NativeLibraryCheck.EnsureCompatible();
        return Create(settings with { MaxInstances = 1, WantsFibers = false }, out _);
    }

    private static void CheckBudget(EngineSettings settings, bool hasFibers) =>
        PoolBudget.CheckProcess(settings, hasFibers, settings.PoolMemories * (MemoryReservationBytes + MemoryGuardBytes));

    private static EngineHandle Create(EngineSettings settings, out GuestFibers? fibers)
    {
        fibers = null;
        using var config = Configure(settings, hasFibers: false);
        return EngineHandle.Create(config);
    }

    private static EngineHandle CreateWithFibers(EngineSettings settings, out GuestFibers? fibers)
    {
        lock (AddressSpace)
        {
            for (var attempt = 0; attempt < LayoutAttempts; attempt++)
            {
                if (FiberStacks.Reserve((nuint)settings.PoolSlots * (nuint)settings.ThreadStackBytes) is not { } stacks) break;
                var engine = CreateBelow(settings, stacks);
                var home = new FiberHome();
                fibers = new GuestFibers(stacks, home);
                if (FiberProbe.Passes(engine, settings, stacks, home)) return engine;
                fibers.Dispose();
                engine.Dispose();
            }
        }

        // Threads take more.
        CheckBudget(settings, hasFibers: false);
        return Create(settings, out fibers);
    }

    private static EngineHandle CreateBelow(EngineSettings settings, FiberStacks stacks)
    {
        try
        {
            using var config = Configure(settings, hasFibers: true);
            return EngineHandle.Create(config);
        }
        finally
        {
            stacks.Release();
        }
    }

    private static ConfigHandle Configure(EngineSettings settings, bool hasFibers)
    {
        var config = new ConfigHandle();
        ConfigApi.SetEpochInterruption(config, enabled: true);
        ConfigApi.SetConsumeFuel(config, settings.CountsFuel);
        config.SetStackSizes(settings.MaxStackBytes, settings.ThreadStackBytes);
        ConfigMemoryApi.SetReservation(config, (ulong)MemoryReservationBytes);
        ConfigMemoryApi.SetGuardSize(config, (ulong)MemoryGuardBytes);

        // A guest's memory is asked for its address once (GuestStore): the engine refuses to grow a memory elsewhere, and code may keep the address too.
        ConfigMemoryApi.SetMayMove(config, enabled: false);

        // Shared memory would let two threads race with the host's checks; 64-bit memories have other pointers; the ABI knows one memory only;
        // of managed heaps, which one advisory after another is about (SECURITY.md), nothing is left but the one for externref.
        WasmFeatureApi.SetThreads(config, enabled: false);
        WasmFeatureApi.SetSharedMemory(config, enabled: false);
        WasmFeatureApi.SetMemory64(config, enabled: false);
        WasmFeatureApi.SetMultiMemory(config, enabled: false);
        WasmFeatureApi.SetExceptions(config, enabled: false);
        WasmFeatureApi.SetGarbageCollection(config, enabled: false);

        // https://github.com/bytecodealliance/wasmtime-dotnet/issues/374: a hardware trap can end the process through CET.
        if (OperatingSystem.IsWindows()) ConfigApi.SetSignalsBasedTraps(config, enabled: false);
        using var pooling = new PoolingAllocatorHandle();
        var instances = (uint)settings.PoolSlots;
        PoolingAllocatorApi.SetTotalCoreInstances(pooling, instances);
        PoolingAllocatorApi.SetTotalMemories(pooling, (uint)settings.PoolMemories);
        PoolingAllocatorApi.SetTotalHeaps(pooling, (uint)settings.PoolMemories);
        PoolingAllocatorApi.SetTotalTables(pooling, (uint)settings.PoolTables);
        PoolingAllocatorApi.SetMaxTablesPerModule(pooling, EngineSettings.TablesPerModule);

        // Each is two mappings, of which Linux allows a process 65,530; at the limit, Wasmtime panics.
        PoolingAllocatorApi.SetTotalStacks(pooling, hasFibers ? instances : 0);
        PoolingAllocatorApi.SetTableElements(pooling, (nuint)settings.MaxTableElements);
        PoolingAllocatorApi.SetMaxMemorySize(pooling, (nuint)settings.MaxMemoryBytes);
        PoolingAllocatorApi.SetLinearMemoryKeepResident(pooling, KeepResidentBytes);
        PoolingAllocatorApi.SetTableKeepResident(pooling, KeepResidentBytes);
        PoolingAllocatorApi.SetMaxUnusedWarmSlots(pooling, Math.Min(instances, MaxWarmSlots));
        ConfigApi.SetPoolingAllocator(config, pooling);
        return config;
    }

    private unsafe void DefineHostFunctions()
    {
        for (var index = 0; index < HostCalls.Functions.Count; index++) DefineImmediately(Linker, HostCalls.Functions[index], index);
    }

    private unsafe void DefineImports()
    {
        for (var index = 0; index < Imports.Count; index++)
        {
            var import = Imports[index];
            Check(import, Linker.DefineFunction(
                Encoding.UTF8.GetBytes(import.Module), Encoding.UTF8.GetBytes(import.Name), ValueConversion.ToKinds(import.Parameters),
                ValueConversion.ToKinds(import.Results),
                &HostCallDispatcher.DispatchImport, index));
        }
    }

    private unsafe LinkerHandle LinkForFibers(Func<HostFunction, bool> isImmediate)
    {
        var linker = new LinkerHandle(Handle);
        for (var index = 0; index < HostCalls.Functions.Count; index++)
        {
            var function = HostCalls.Functions[index];

            // What never leaves the stack is called as in other guests, which costs a fifth.
            if (isImmediate(function)) DefineImmediately(linker, function, index);
            else
                Check(function.Name, linker.DefineAsyncFunction(
                    Encoding.UTF8.GetBytes(function.Module), Encoding.UTF8.GetBytes(function.Name), ParametersOf(function), ResultsOf(
                        function), &HostCallDispatcher.DispatchOnFiber, index));
        }

        for (var index = 0; index < Imports.Count; index++)
        {
            var import = Imports[index];
            Check(import, linker.DefineAsyncFunction(
                Encoding.UTF8.GetBytes(import.Module), Encoding.UTF8.GetBytes(import.Name), ValueConversion.ToKinds(import.Parameters),
                ValueConversion.ToKinds(import.Results),
                &HostCallDispatcher.DispatchImportOnFiber, index));
        }

        return linker;
    }

    private static unsafe void DefineImmediately(LinkerHandle linker, HostFunction function, int index) => Check(function.Name, linker.DefineFunction(
        Encoding.UTF8.GetBytes(
            function.Module), Encoding.UTF8.GetBytes(function.Name), ParametersOf(function), ResultsOf(function), &HostCallDispatcher.Dispatch, index));

    private static WasmValueKind[] ParametersOf(HostFunction function) => [.. function.Parameters.Select(parameter => (WasmValueKind)parameter.Type)];

    private static WasmValueKind[] ResultsOf(HostFunction function) => function.ReturnsErrno ? [WasmValueKind.I32] : [];

    private static void Check(object function, WasmtimeError? error)
    {
        if (error is not null) throw new InvalidOperationException($"{function} cannot be offered to guests: {error.Message}");
    }
}
