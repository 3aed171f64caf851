namespace WasiCloud.Embedding.Wasm;

/// <summary>Why the engine gives each guest of a module a heap for references.</summary>
internal enum HeapReason
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>A table of other things than functions.</summary>
    Table,

    /// <summary>A global that is a reference to something else than a function.</summary>
    Global,

    /// <summary>An element segment of other things than functions.</summary>
    ElementSegment,

    /// <summary>Nobody knows: something could not be read.</summary>
    Unknown,
}
