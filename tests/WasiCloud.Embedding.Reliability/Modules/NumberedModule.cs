namespace WasiCloud.Embedding.Reliability.Modules;

/// <summary>A module that exits with a number, and has some functions that nobody calls, so that its code takes room.</summary>
internal static class NumberedModule
{
    private const int Functions = 200;
    private const int TermsOfAFunction = 20;

    /// <summary>Makes one.</summary>
    /// <param name="number">0 to 63.</param>
    /// <param name="salt">What makes it another module than others of the same number.</param>
    public static byte[] Create(int number, int salt)
    {
        var exits = new byte[] { 0, 0x41, (byte)number, 0x10, 0, 0x0B };
        var idle = new List<byte> { 0, 0x20, 0 };
        for (var term = 0; term < TermsOfAFunction; term++) idle.AddRange([0x20, 0, 0x41, (byte)(term + 1), 0x6C, 0x6A]);
        idle.Add(0x0B);
        return
        [
            .. "\0asm"u8, 1, 0, 0, 0,
            .. Section(1, [3, 0x60, 0, 0, 0x60, 1, 0x7F, 0, 0x60, 1, 0x7F, 1, 0x7F]),
            .. Section(2, [1, .. Text("wasi_snapshot_preview1"u8), .. Text("proc_exit"u8), 0, 1]),
            .. Section(3, [.. Length(Functions + 1), 0, .. Enumerable.Repeat((byte)2, Functions)]),
            .. Section(5, [1, 0, 1]),
            .. Section(7, [2, .. Text("memory"u8), 2, 0, .. Text("_start"u8), 0, 1]),
            .. Section(10, [.. Length(Functions + 1), .. Body(exits), .. Enumerable.Range(0, Functions).SelectMany(_ => Body([.. idle]))]),
            .. Section(0, [.. Text("salt"u8), .. BitConverter.GetBytes(salt)]),
        ];
    }

    private static byte[] Section(byte id, byte[] content) => [id, .. Length(content.Length), .. content];

    private static byte[] Body(byte[] code) => [.. Length(code.Length), .. code];

    private static byte[] Text(ReadOnlySpan<byte> text) => [.. Length(text.Length), .. text];

    // LEB128.
    private static byte[] Length(int value) => value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), .. Length(value >> 7)];
}
