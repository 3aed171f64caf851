namespace WasiCloud.Embedding.KeyValue.Setup;

/// <summary>The backend that was chosen for a scope.</summary>
/// <param name="Scope">The scope's name.</param>
/// <param name="Create">Makes the backend.</param>
internal sealed record KeyValueScopeBackend(string Scope, Func<IServiceProvider, IKeyValueBackend> Create);
