namespace WasiCloud.Embedding.PostgreSql.Tests;

/// <summary>The server of all tests that do not harm it; it ends with the test process.</summary>
internal static class SharedServer
{
    private static readonly Lock Guard = new();
    private static Task<PostgreSqlServer>? _server;

    public static Task<PostgreSqlServer> GetAsync()
    {
        lock (Guard) return _server ??= PostgreSqlServer.StartNewAsync(isDurable: false);
    }

    /// <summary>Options for a scope that no other test uses.</summary>
    public static async Task<PostgreSqlKeyValueOptions> NewScopeAsync() => NewScope(await GetAsync());

    /// <summary>The same, in a schema of its own, which is not made yet.</summary>
    public static async Task<PostgreSqlKeyValueOptions> NewSchemaAsync()
    {
        var options = await NewScopeAsync();
        options.Schema = $"s{Guid.NewGuid():N}";
        return options;
    }

    public static PostgreSqlKeyValueOptions NewScope(PostgreSqlServer server) => new()
    {
        ConnectionString = server.ConnectionString,
        Scope = Guid.NewGuid().ToString(),
        OperationTimeout = TimeSpan.FromSeconds(20),
        MaxConnections = 8,
    };
}
