namespace WasiCloud.Embedding.Wasm;

/// <summary>What bytes are, by their header.</summary>
internal enum BinaryKind
{
    /// <summary>No WebAssembly.</summary>
    None,

    /// <summary>The beginning of a header.</summary>
    CutOff,

    /// <summary>WebAssembly of a version that nobody here knows.</summary>
    UnknownVersion,

    /// <summary>A core module.</summary>
    Module,

    /// <summary>A component.</summary>
    Component,
}
