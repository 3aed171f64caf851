namespace WasiCloud.Embedding.Wasm;

/// <summary>Why bytes are not what the binary format allows.</summary>
internal enum BinaryFailure
{
    /// <summary>They are.</summary>
    None,

    /// <summary>The end came first.</summary>
    End,

    /// <summary>A number is larger than it may be.</summary>
    TooLarge,

    /// <summary>A number has more bytes than it may have, whatever it is.</summary>
    TooLong,

    /// <summary>A length says more bytes than follow.</summary>
    PastEnd,
}
