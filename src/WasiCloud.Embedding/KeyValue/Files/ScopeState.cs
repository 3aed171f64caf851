namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>What all guests of a scope share in this process.</summary>
/// <param name="Numbers">The numbers of its files.</param>
/// <param name="Turns">Whose turn it is to change a key; <see langword="null"/> where nobody else commits.</param>
internal sealed record ScopeState(FileNumbers Numbers, KeyTurns? Turns)
{
    /// <summary>The scope as a transaction has it: other files, of other numbers, and nobody to wait for.</summary>
    public ScopeState InTransaction() => new(Numbers.NewView(), Turns: null);
}
