using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WasiCloud.Embedding.Engine.Fibers;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// Tries each structure that this library shares with the native one: a small module is compiled, looked at, linked and called, and what the native side writes
/// must be where it is looked for, and nowhere else.
/// What only fibers use is tried by <see cref="FiberProbe"/>, before the first.
/// </summary>
internal static unsafe class LayoutProbe
{
    private const nint Marker = 0x5741_5349;
    private const byte Canary = 0xA5;
    private const int CanaryBytes = 64;
    private const int PageBytes = 65_536;

    // (module (import "p" "t" (func (param i64) (result i64))) (memory (export "memory") 1) (data (i32.const 8) "wasi")
    //   (func (export "add") (param i32 i64) (result i64) (call 0 (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1))))
    //   (func (export "end") unreachable))
    // in binary, because parsing text takes longer than compiling this.
    private static ReadOnlySpan<byte> Module =>
    [
        0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00,
        0x01, 0x0F, 0x03, 0x60, 0x02, 0x7F, 0x7E, 0x01, 0x7E, 0x60, 0x00, 0x00, 0x60, 0x01, 0x7E, 0x01, 0x7E,
        0x02, 0x07, 0x01, 0x01, 0x70, 0x01, 0x74, 0x00, 0x02, 0x03, 0x03, 0x02, 0x00, 0x01, 0x05, 0x03, 0x01, 0x00, 0x01,
        0x07, 0x16, 0x03, 0x06, 0x6D, 0x65, 0x6D, 0x6F, 0x72, 0x79, 0x02, 0x00, 0x03, 0x61, 0x64, 0x64, 0x00, 0x01, 0x03, 0x65, 0x6E, 0x64, 0x00, 0x02,
        0x0A, 0x10, 0x02, 0x0A, 0x00, 0x20, 0x00, 0xAC, 0x20, 0x01, 0x7C, 0x10, 0x00, 0x0B, 0x03, 0x00, 0x00, 0x0B,
        0x0B, 0x0A, 0x01, 0x00, 0x41, 0x08, 0x0B, 0x04, 0x77, 0x61, 0x73, 0x69,
    ];

    /// <summary>Looks for the first fact that does not hold.</summary>
    /// <returns>What should be so, or <see langword="null"/> if everything is.</returns>
    internal static string? FindBroken()
    {
        using var config = new ConfigHandle();
        ConfigApi.SetParallelCompilation(config, enabled: false);
        ConfigApi.SetOptimizationLevel(config, OptimizationLevel.None);
        using var engine = EngineHandle.Create(config);
        if (WasmModuleHandle.Validate(engine, "no module"u8) is not { Message.Length: > 0 }) return "errors have messages (wasm_byte_vec_t)";
        if (!WasmModuleHandle.TryCompile(engine, Module, out var module, out _)) return "a module compiles";
        using (module)
        {
            if (!TypesAreRead(module)) return "types can be read (wasm_importtype_vec_t, wasm_exporttype_vec_t, wasmtime_valtype_t)";
            using var linker = new LinkerHandle(engine);
            if (linker.DefineFunction("p"u8, "t"u8, [WasmValueKind.I64], [WasmValueKind.I64], &Twice, Marker) is not null) return "functions can be defined";
            if (!linker.TryInstantiatePre(module, out var instancePre, out _)) return "a module is linked";
            using (instancePre) return FindBroken(engine, instancePre);
        }
    }

    private static string? FindBroken(EngineHandle engine, InstancePreHandle instancePre)
    {
        var store = StoreApi.New(engine, data: 0, finalizer: 0);
        try
        {
            var context = StoreApi.Context(store);
            if (!Instantiates(context, instancePre, out var instance)) return $"an instance is {sizeof(InstanceReference)} bytes (wasmtime_instance_t)";
            if (!Exports(context, in instance, "memory"u8, out var memory) || memory.Kind != ExternItemKind.Memory)
                return $"an export is {sizeof(ExternItem)} bytes, the kind first (wasmtime_extern_t)";
            if (!MemoryIsRead(context, in memory.Memory)) return $"a memory is {sizeof(MemoryReference)} bytes (wasmtime_memory_t)";
            if (!Exports(context, in instance, "add"u8, out var add) || add.Kind != ExternItemKind.Function)
                return "an export can be a function (wasmtime_extern_t)";
            if (!Adds(context, in add.Function))
                return $"values are {sizeof(ValRaw)} bytes in calls of guests and of the host (wasmtime_val_raw_t, wasmtime_func_unchecked_callback_t)";
            if (!Exports(context, in instance, "end"u8, out var end) || !Traps(context, in end.Function))
                return "a trap has a code, a message and frames (wasm_trap_t, wasm_frame_vec_t)";
            return null;
        }
        finally
        {
            StoreApi.Delete(store);
        }
    }

    private static bool TypesAreRead(WasmModuleHandle module)
    {
        FunctionType type = new([new(WasmValueKind.I32), new(WasmValueKind.I64)], [new(WasmValueKind.I64)]);
        return module.ReadImports() is [{ Module: "p", Name: "t", Type: FunctionType { Parameters: [{ Kind: WasmValueKind.I64 }], Results.Count: 1 } }]
            && module.ReadExports() is [{ Name: "memory", Type: MemoryType memory }, { Name: "add", Type: FunctionType add }, { Name: "end" }]
            && memory is { Minimum: 1, Maximum: null }
            && add.Equals(type);
    }

    private static bool Instantiates(nint context, InstancePreHandle instancePre, out InstanceReference instance)
    {
        var buffer = stackalloc byte[CanaryBytes];
        Unsafe.InitBlock(buffer, Canary, CanaryBytes);
        nint trap = 0;
        var error = InstanceApi.Instantiate(instancePre, context, (InstanceReference*)buffer, &trap);
        instance = *(InstanceReference*)buffer;
        return error == 0 && trap == 0 && IsUntouched(buffer, sizeof(InstanceReference));
    }

    private static bool Exports(nint context, in InstanceReference instance, ReadOnlySpan<byte> name, out ExternItem item)
    {
        var buffer = stackalloc byte[CanaryBytes];
        Unsafe.InitBlock(buffer, Canary, CanaryBytes);
        bool exists;
        fixed (byte* pointer = name) exists = InstanceApi.GetExport(context, in instance, pointer, (nuint)name.Length, (ExternItem*)buffer);
        item = *(ExternItem*)buffer;
        return exists && IsUntouched(buffer, sizeof(ExternItem));
    }

    private static bool IsUntouched(byte* buffer, int size) => new ReadOnlySpan<byte>(buffer + size, CanaryBytes - size).IndexOfAnyExcept(Canary) < 0;

    private static bool MemoryIsRead(nint context, in MemoryReference memory) =>
        MemoryApi.DataSize(context, in memory) == PageBytes && new ReadOnlySpan<byte>(MemoryApi.Data(context, in memory) + 8, 4).SequenceEqual("wasi"u8);

    private static bool Adds(nint context, in FunctionReference add)
    {
        Span<ValRaw> values = [new() { I32 = -2 }, new() { I64 = 1L << 40 }];
        return FunctionApi.Call(context, in add, values).Succeeded && values[0].I64 == 2 * ((1L << 40) - 2);
    }

    private static bool Traps(nint context, in FunctionReference end)
    {
        Span<ValRaw> values = [default];
        var outcome = FunctionApi.Call(context, in end, values);
        return outcome.Error == 0
            && WasmTrap.Take(outcome.Trap) is { Code: TrapCode.UnreachableCodeReached, Message.Length: > 0, Frames: [{ FunctionIndex: 2 }] };
    }

    // Says 0 if anything is not as it should be, which is no sum.
    [UnmanagedCallersOnly]
    private static nint Twice(nint data, nint caller, ValRaw* values, nuint count)
    {
        var isRight = data == Marker && count == 1
            && FunctionApi.TryGetCallerExport(caller, "memory"u8, out var memory) && memory.Kind == ExternItemKind.Memory;
        values[0].I64 = isRight ? 2 * values[0].I64 : 0;
        return 0;
    }
}
