namespace WasiCloud.Embedding.HostCalls;

/// <summary>What the number means that a guest passes.</summary>
public enum HostCallParameterRole
{
    /// <summary>The number itself, such as a descriptor, a length or an offset.</summary>
    Number,

    /// <summary>A set of flags or rights.</summary>
    Bits,

    /// <summary>An address in the guest's memory, of a structure or a buffer.</summary>
    Address,

    /// <summary>The address of a text in UTF-8, such as a path. The next parameter is its length in bytes.</summary>
    Text,

    /// <summary>The length of the text that the parameter before is the address of.</summary>
    TextLength,

    /// <summary>The address where the host writes 32 bits, if the call succeeds.</summary>
    Result32,

    /// <summary>The address where the host writes 64 bits, if the call succeeds.</summary>
    Result64,
}
