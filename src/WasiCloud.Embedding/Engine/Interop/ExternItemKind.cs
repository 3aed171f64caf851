namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/extern.h, WASMTIME_EXTERN_*. Not the numbers of wasm.h: see <see cref="ExternKind"/>.</summary>
internal enum ExternItemKind : byte
{
    Function = 0,
    Global = 1,
    Table = 2,
    Memory = 3,
    SharedMemory = 4,
    Tag = 5,
}
