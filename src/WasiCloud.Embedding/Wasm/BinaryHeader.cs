namespace WasiCloud.Embedding.Wasm;

/// <summary>What the first eight bytes say that the others are (core specification 5.5.16; the component model's "Binary Format", preamble).</summary>
internal static class BinaryHeader
{
    /// <summary>Magic, version and layer.</summary>
    public const int Length = 8;

    private static ReadOnlySpan<byte> Magic => "\0asm"u8;

    private static ReadOnlySpan<byte> ModuleVersion => [1, 0, 0, 0];

    /// <summary>Reads it.</summary>
    public static BinaryKind Read(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Magic)) return BinaryKind.None;
        if (bytes.Length < Length) return BinaryKind.CutOff;
        var version = bytes[Magic.Length..Length];
        if (version.SequenceEqual(ModuleVersion)) return BinaryKind.Module;

        // Two bytes of version, which changes with each draft, and two of layer: 1 is the components'.
        return version[2] == 1 && version[3] == 0 ? BinaryKind.Component : BinaryKind.UnknownVersion;
    }
}
