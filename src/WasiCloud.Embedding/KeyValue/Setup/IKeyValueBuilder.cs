namespace WasiCloud.Embedding.KeyValue.Setup;

/// <summary>Configures the scopes of <c>/beta/kv</c>.</summary>
public interface IKeyValueBuilder
{
    /// <summary>Adds a scope; it appears as <c>/beta/kv/&lt;name&gt;</c> once a backend is chosen for it.</summary>
    /// <param name="name">The scope's name: one path component, such as <c>local</c>.</param>
    /// <returns>The scope, on which a backend package's <c>UseX</c> is called.</returns>
    IKeyValueScopeBuilder Scope(string name);
}
