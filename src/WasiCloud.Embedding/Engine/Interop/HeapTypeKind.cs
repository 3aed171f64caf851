namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/types/val.h, WASMTIME_HEAPTYPE_KIND_*: what a reference points to.</summary>
internal enum HeapTypeKind : byte
{
    Extern = 0,
    NoExtern = 1,
    Func = 2,
    ConcreteFunc = 3,
    NoFunc = 4,
    Any = 5,
    None = 6,
    Eq = 7,
    I31 = 8,
    Array = 9,
    ConcreteArray = 10,
    Struct = 11,
    ConcreteStruct = 12,
    Exn = 13,
    ConcreteExn = 14,
    NoExn = 15,
}
