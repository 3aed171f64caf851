namespace WasiCloud.Embedding;

/// <summary>What a module can import and export (WebAssembly core specification section 2.3.9, "External Types").</summary>
public enum GuestExternKind
{
    /// <summary>A function.</summary>
    Function,

    /// <summary>A linear memory.</summary>
    Memory,

    /// <summary>A table of references.</summary>
    Table,

    /// <summary>A global variable.</summary>
    Global,

    /// <summary>The tag of an exception.</summary>
    Tag,
}
