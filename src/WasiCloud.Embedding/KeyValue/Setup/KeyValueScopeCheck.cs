namespace WasiCloud.Embedding.KeyValue.Setup;

/// <summary>A scope that has a health check.</summary>
/// <param name="Scope">The scope's name.</param>
internal sealed record KeyValueScopeCheck(string Scope);
