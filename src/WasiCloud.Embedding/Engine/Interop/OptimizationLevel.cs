namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/config.h, wasmtime_opt_level_enum.</summary>
internal enum OptimizationLevel : byte
{
    None = 0,
    Speed = 1,
    SpeedAndSize = 2,
}
