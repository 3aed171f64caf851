namespace WasiCloud.Embedding.Fuzz.Modules;

/// <summary>Modules of which each is new: adversaries that compile quickly, real guests with flipped bits, and pieces of them.</summary>
internal static class GeneratedModules
{
    private const int LargestGuest = 70_000;

    // What takes a compiler long is measured separately.
    private static readonly Adversary[] s_quick = [.. Adversaries.All.Where(adversary => adversary.Create(new Random(0)).Length < 10_000)];

    private static readonly byte[][] s_guests =
    [
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "guests"), "*.wasm").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)
            .Where(wasm => wasm.Length < LargestGuest),
        CallAnything.Build(),
    ];

    public static (string Kind, byte[] Wasm) Create(Random random) => random.Next(3) switch
    {
        0 => ("adversary", s_quick[random.Next(s_quick.Length)].Create(random)),
        1 => ("flipped", Flip(s_guests[random.Next(s_guests.Length)], random)),
        _ => ("truncated", Truncate(s_guests[random.Next(s_guests.Length)], random)),
    };

    /// <summary>Changes one to eight bytes.</summary>
    public static byte[] Flip(byte[] wasm, Random random)
    {
        byte[] copy = [.. wasm];
        for (var count = random.Next(1, 9); count > 0; count--) copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
        return copy;
    }

    private static byte[] Truncate(byte[] wasm, Random random) => wasm[..random.Next(wasm.Length)];
}
