namespace WasiCloud.Embedding.HostCalls;

/// <summary>The value types that preview1 signatures use. The values are <c>wasm_valkind_enum</c>'s in <c>wasm.h</c>.</summary>
internal enum WasmValueType : byte
{
    I32 = 0,
    I64 = 1,
}
