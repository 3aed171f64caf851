namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm.h, wasm_externkind_enum: the kind of a type. Kinds of values are <see cref="ExternItemKind"/>.</summary>
internal enum ExternKind : byte
{
    Function = 0,
    Global = 1,
    Table = 2,
    Memory = 3,
    Tag = 4,
}
