namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/types/val.h, WASMTIME_VALTYPE_KIND_*. The first four are also wasm.h's wasm_valkind_enum.</summary>
internal enum WasmValueKind : byte
{
    I32 = 0,
    I64 = 1,
    F32 = 2,
    F64 = 3,
    V128 = 4,
    Reference = 5,
}
