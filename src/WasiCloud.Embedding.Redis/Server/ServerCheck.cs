using System.Globalization;
using StackExchange.Redis;
using WasiCloud.Embedding.Redis.KeyValue;

namespace WasiCloud.Embedding.Redis.Server;

/// <summary>Refuses servers and scopes that this version of the library would damage or be damaged by.</summary>
internal static class ServerCheck
{
    // XRANGE with exclusive ends and SET with PXAT came with it.
    private static readonly Version Oldest = new(6, 2);

    private static readonly string[] KeyTypes = ["hash", "zset", "zset", "stream"];

    /// <summary>Checks the server and the scope.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public static async Task<string?> FindProblemAsync(IDatabase database, ScopeKeys keys)
    {
        var found = (RedisValue[])(await Scripts.Describe.RunAsync(database, keys.Shared, []).ConfigureAwait(false))!;
        var (server, memory, layout) = ((string)found[0]!, (string)found[1]!, (string)found[2]!);
        return FindVersionProblem(server) ?? FindMemoryProblem(memory) ?? FindTypeProblem(keys, found.AsSpan(3)) ?? FindLayoutProblem(layout);
    }

    /// <summary>Checks what the server says of itself.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public static string? FindVersionProblem(string info)
    {
        var version = Field(info, "redis_version");
        return Version.TryParse(version, out var parsed) && parsed < Oldest
            ? string.Create(CultureInfo.InvariantCulture, $"the server has version {version}, but {Oldest} or later is needed.")
            : null;
    }

    private static string? FindMemoryProblem(string info) =>
        Field(info, "maxmemory_policy").StartsWith("allkeys", StringComparison.Ordinal) && Field(info, "maxmemory") is not ("" or "0")
            ? $"the server evicts any keys when its memory is full (maxmemory-policy {Field(info, "maxmemory_policy")}), which would damage the scope; "
                + "noeviction is needed."
            : null;

    private static string? FindTypeProblem(ScopeKeys keys, ReadOnlySpan<RedisValue> types)
    {
        for (var index = 0; index < KeyTypes.Length; index++)
        {
            var type = (string)types[index]!;
            if (type is not "none" && !string.Equals(type, KeyTypes[index], StringComparison.Ordinal))
                return $"the key '{keys.Shared[index]}' has the wrong type: it is a {type}, but a {KeyTypes[index]} is needed; another application uses it.";
        }

        return null;
    }

    // A scope that does not exist yet has none.
    private static string? FindLayoutProblem(string layout) =>
        layout is "" or Scripts.Layout
            ? null
            : Scripts.LayoutProblem + layout + Scripts.LayoutAdvice;

    private static string Field(string info, string name)
    {
        foreach (var line in info.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(name) && line.Length > name.Length && line[name.Length] == ':') return line[(name.Length + 1)..].ToString();
        }

        return string.Empty;
    }
}
