using System.Globalization;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>One host call and what to put into memory before it.</summary>
/// <param name="Index">The function, in <see cref="Preview1Functions.Table"/>.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Pokes">Bytes for the memory; all of them fit.</param>
internal sealed record PlannedCall(int Index, ulong[] Arguments, IReadOnlyList<(uint Address, byte[] Bytes)> Pokes)
{
    public HostFunction Function => Preview1Functions.Table.Functions[Index];

    public override string ToString() =>
        $"{Function.Module}.{Function.Name}(" +
            $"{string.Join(", ", Arguments.Select(argument => "0x" + argument.ToString("x", CultureInfo.InvariantCulture)))})" +
            $"{string.Concat(Pokes.Select(Describe))}";

    private static string Describe((uint Address, byte[] Bytes) poke) =>
        string.Create(CultureInfo.InvariantCulture, $" [0x{poke.Address:x}]={Convert.ToHexString(poke.Bytes.AsSpan(0, Math.Min(poke.Bytes.Length, 48)))}");
}
