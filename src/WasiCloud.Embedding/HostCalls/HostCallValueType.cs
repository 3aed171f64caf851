namespace WasiCloud.Embedding.HostCalls;

/// <summary>The type of an argument (core specification 2.3.1). The values are <c>wasm_valkind_enum</c>'s in <c>wasm.h</c>.</summary>
public enum HostCallValueType
{
    /// <summary>A 32-bit integer.</summary>
    I32 = 0,

    /// <summary>A 64-bit integer.</summary>
    I64 = 1,

    /// <summary>A 32-bit floating-point number.</summary>
    F32 = 2,

    /// <summary>A 64-bit floating-point number.</summary>
    F64 = 3,
}
