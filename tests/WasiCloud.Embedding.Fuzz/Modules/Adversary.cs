namespace WasiCloud.Embedding.Fuzz.Modules;

/// <summary>A kind of module that wants to do harm.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Create">Makes one, with sizes of the generator's choice.</param>
/// <param name="Endings">How it may end, as <see cref="Ending.Of"/> tells it.</param>
internal sealed record Adversary(string Name, Func<Random, byte[]> Create, params string[] Endings)
{
    public override string ToString() => Name;
}
