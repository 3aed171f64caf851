using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// Refuses any native library but those of the release series whose headers these declarations follow: another one would corrupt memory. Within a series the C API keeps its layouts, so that a patched
/// library works; each is tried all the same before it is used.
/// Runs once per process. The native work takes 1 ms; the first run adds the JIT time of some 50 methods, most of which
/// the first invocation needs anyway (6 ms in all, 3 ms when compiled ReadyToRun).
/// </summary>
internal static unsafe class NativeLibraryCheck
{
    internal const string ExpectedSeries = "50.0";

    // More patches than any series has had.
    private const int MaxPatches = 100;

    private static readonly Lazy<string> Passed = new(() => Verify(ExpectedSeries));

    /// <summary>The exact version of the library that is loaded, a part of the compiled-module cache's key.</summary>
    internal static string Version => Passed.Value;

    /// <summary>Throws <see cref="InvalidOperationException"/> if the native library cannot be used.</summary>
    internal static void EnsureCompatible() => _ = Passed.Value;

    internal static string Verify(string expectedSeries)
    {
        if (!NativeLibrary.TryLoad(NativeLibraryName.Wasmtime, typeof(NativeLibraryCheck).Assembly, searchPath: null, out var library))
            throw Incompatible(expectedSeries, "it cannot be loaded");
        if (FindVersion(library, expectedSeries) is not { } version)
            throw Incompatible(expectedSeries, "the one that was loaded has a different version");
        return LayoutsWork() ? version : throw Incompatible(expectedSeries, $"the structures of {version} do not have the expected layout");
    }

    private static string? FindVersion(nint library, string series)
    {
        for (var patch = 0; patch < MaxPatches; patch++)
        {
            var version = FormattableString.Invariant($"{series}.{patch}");
            if (NativeLibrary.TryGetExport(library, VersionedSymbol(version), out _)) return version;
        }

        return null;
    }

    // The C API has no version function and a serialized module names the major version only, but the builds for all
    // platforms export the debugger's helpers with the full version in their names (versioned_stringify_ident in crates/cranelift).
    private static string VersionedSymbol(string version) => "resolve_vmctx_memory_ptr_" + version.Replace('.', '_');

    private static InvalidOperationException Incompatible(string expectedSeries, string reason) => new(
        $"WasiCloud.Embedding needs the native library libwasmtime {expectedSeries}.x, as in the NuGet package Wasmtime {expectedSeries}.x, but {reason}.");

    // (module (memory (export "memory") 1) (data (i32.const 8) "wasi")
    //   (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1))))
    // in binary, because parsing text takes longer than compiling this.
    private static ReadOnlySpan<byte> ProbeModule =>
    [
        0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00, 0x01, 0x07, 0x01, 0x60, 0x02, 0x7F, 0x7E, 0x01, 0x7E, 0x03, 0x02, 0x01,
        0x00, 0x05, 0x03, 0x01, 0x00, 0x01, 0x07, 0x10, 0x02, 0x06, 0x6D, 0x65, 0x6D, 0x6F, 0x72, 0x79, 0x02, 0x00, 0x03, 0x61,
        0x64, 0x64, 0x00, 0x00, 0x0A, 0x0A, 0x01, 0x08, 0x00, 0x20, 0x00, 0xAC, 0x20, 0x01, 0x7C, 0x0B, 0x0B, 0x0A, 0x01, 0x00,
        0x41, 0x08, 0x0B, 0x04, 0x77, 0x61, 0x73, 0x69,
    ];

    private static bool LayoutsWork()
    {
        using var config = new ConfigHandle();
        ConfigApi.SetParallelCompilation(config, enabled: false);
        ConfigApi.SetOptimizationLevel(config, OptimizationLevel.None);
        using var engine = EngineHandle.Create(config);
        if (!WasmModuleHandle.TryCompile(engine, ProbeModule, out var module, out _))
            return false;

        using (module)
        {
            using var linker = new LinkerHandle(engine);
            if (!linker.TryInstantiatePre(module, out var instancePre, out _))
                return false;

            using (instancePre)
                return InstanceWorks(engine, instancePre);
        }
    }

    private static bool InstanceWorks(EngineHandle engine, InstancePreHandle instancePre)
    {
        var store = StoreApi.New(engine, data: 0, finalizer: 0);
        try
        {
            var context = StoreApi.Context(store);
            return instancePre.Instantiate(context, out var instance).Succeeded
                && InstanceApi.TryGetExport(context, in instance, "add"u8, out var add)
                && add.Kind == ExternItemKind.Function
                && Adds(context, in add.Function)
                && InstanceApi.TryGetExport(context, in instance, "memory"u8, out var memory)
                && memory.Kind == ExternItemKind.Memory
                && new ReadOnlySpan<byte>(MemoryApi.Data(context, in memory.Memory) + 8, 4).SequenceEqual("wasi"u8);
        }
        finally
        {
            StoreApi.Delete(store);
        }
    }

    private static bool Adds(nint context, in FunctionReference add)
    {
        Span<ValRaw> values = [new() { I32 = -2 }, new() { I64 = 1L << 40 }];
        return FunctionApi.Call(context, in add, values).Succeeded && values[0].I64 == (1L << 40) - 2;
    }
}
