using WasiCloud.Embedding.KeyValue.Setup;

namespace AspNetCoreSample;

/// <summary>Chooses the engine of the guests' key-value scope by configuration alone.</summary>
internal static class KeyValueConfiguration
{
    /// <summary>
    /// Uses what the section says: <c>Backend</c> is <c>sqlite</c>, <c>memory</c>, <c>redis</c> or <c>postgresql</c>, <c>Connection</c> the file or the server;
    /// <c>MaxStoredBytes</c> and <c>MaxStoredKeys</c> limit what guests may have there.
    /// </summary>
    /// <param name="scope">The scope.</param>
    /// <param name="section">The configuration.</param>
    /// <param name="folder">What the path of a file is relative to.</param>
    public static IKeyValueScopeBuilder UseConfigured(this IKeyValueScopeBuilder scope, IConfiguration section, string folder)
    {
        var connection = section["Connection"];
        var chosen = section["Backend"] switch
        {
            "sqlite" or null => scope.UseSqlite(CreateFolderOf(Path.Combine(folder, connection ?? "data/app.db"))),
            "memory" => scope.UseMemory(),
            "redis" => scope.UseRedis(connection ?? "localhost:6379"),
            "postgresql" => scope.UsePostgreSql(connection ?? "Host=localhost;Database=wasicloud"),
            var other => throw new InvalidOperationException($"{section} names the backend '{other}'; there are sqlite, memory, redis and postgresql."),
        };
        return chosen.WithOptions(options => options with
        {
            MaxStoredBytes = section.GetValue("MaxStoredBytes", options.MaxStoredBytes),
            MaxStoredKeys = section.GetValue("MaxStoredKeys", options.MaxStoredKeys),
        });
    }

    private static string CreateFolderOf(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
