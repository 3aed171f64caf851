using System.Text;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Engine;

/// <summary>One Wasmtime engine with the linker that offers the WASI functions to every module. Thread-safe.</summary>
internal sealed class WasmEngine : IDisposable
{
    // A memory of 4 GiB with a guard behind it is what lets compiled code leave out bounds checks.
    private const ulong MemoryReservationBytes = 4UL << 30;
    private const ulong MemoryGuardBytes = 32UL << 20;

    // Up to this much of a slot's memory is cleared rather than unmapped when a guest ends (engine.md, section 2).
    private const nuint KeepResidentBytes = 64 << 10;
    private const uint MaxWarmSlots = 100;
    private const uint TablesPerModule = 4;

    public WasmEngine(EngineSettings settings, IReadOnlyList<GuestImport>? imports = null)
    {
        NativeLibraryCheck.EnsureCompatible();
        (Settings, Imports) = (settings, imports ?? []);
        using var config = Configure(settings);
        Handle = EngineHandle.Create(config);
        Linker = new LinkerHandle(Handle);
        DefineHostFunctions();
        DefineImports();
        Ticker = new EpochTicker(Handle);
    }

    public EngineSettings Settings { get; }

    /// <summary>The application's own functions.</summary>
    public IReadOnlyList<GuestImport> Imports { get; }

    public EngineHandle Handle { get; }

    public LinkerHandle Linker { get; }

    public EpochTicker Ticker { get; }

    public void Dispose()
    {
        Ticker.Dispose();
        Linker.Dispose();
        Handle.Dispose();
    }

    private static ConfigHandle Configure(EngineSettings settings)
    {
        var config = new ConfigHandle();
        ConfigApi.SetEpochInterruption(config, enabled: true);
        ConfigApi.SetConsumeFuel(config, settings.CountsFuel);
        config.SetStackSizes(settings.MaxStackBytes, settings.ThreadStackBytes);
        ConfigMemoryApi.SetReservation(config, MemoryReservationBytes);
        ConfigMemoryApi.SetGuardSize(config, MemoryGuardBytes);

        // Shared memory would let two threads race with the host's checks; 64-bit memories have other pointers; the ABI knows one memory only;
        // managed heaps have no limit in the C API.
        WasmFeatureApi.SetThreads(config, enabled: false);
        WasmFeatureApi.SetSharedMemory(config, enabled: false);
        WasmFeatureApi.SetMemory64(config, enabled: false);
        WasmFeatureApi.SetMultiMemory(config, enabled: false);
        WasmFeatureApi.SetExceptions(config, enabled: false);
        WasmFeatureApi.SetGarbageCollection(config, enabled: false);

        // https://github.com/bytecodealliance/wasmtime-dotnet/issues/374: a hardware trap can end the process through CET.
        if (OperatingSystem.IsWindows()) ConfigApi.SetSignalsBasedTraps(config, enabled: false);
        using var pooling = new PoolingAllocatorHandle();
        var instances = (uint)settings.MaxInstances;
        PoolingAllocatorApi.SetTotalCoreInstances(pooling, instances);
        PoolingAllocatorApi.SetTotalMemories(pooling, instances);
        PoolingAllocatorApi.SetTotalTables(pooling, instances * TablesPerModule);
        PoolingAllocatorApi.SetMaxTablesPerModule(pooling, TablesPerModule);

        // Stacks are for Wasmtime's own fibers. The default of 1,000 is 2,000 mappings, of which Linux allows a process 65,530; at the limit, Wasmtime panics.
        PoolingAllocatorApi.SetTotalStacks(pooling, 0);
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
        var functions = Preview1Functions.All;
        for (var index = 0; index < functions.Count; index++)
        {
            var function = functions[index];
            var parameters = function.Parameters.Select(type => (WasmValueKind)type).ToArray();
            WasmValueKind[] results = function.ReturnsErrno ? [WasmValueKind.I32] : [];
            var error = Linker.DefineFunction(
                Encoding.UTF8.GetBytes(function.Module), Encoding.UTF8.GetBytes(function.Name), parameters, results, &HostCallDispatcher.Dispatch, index);
            if (error is not null) throw new InvalidOperationException($"{function.Module}.{function.Name}: {error.Message}");
        }
    }

    private unsafe void DefineImports()
    {
        for (var index = 0; index < Imports.Count; index++)
        {
            var import = Imports[index];
            var error = Linker.DefineFunction(
                Encoding.UTF8.GetBytes(import.Module), Encoding.UTF8.GetBytes(import.Name), ValueConversion.ToKinds(import.Parameters), ValueConversion.ToKinds(import.Results),
                &HostCallDispatcher.DispatchImport, index);
            if (error is not null) throw new InvalidOperationException($"{import} cannot be offered to guests: {error.Message}");
        }
    }
}
