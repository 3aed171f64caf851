namespace WasiCloud.Embedding.KeyValue;

/// <summary>
/// Where the keys of tenants are in a scope, or in a part of one: below a name that is reserved at its root, so that no guest's path leads there, and below the
/// tenant's name in a form of which none is the start of another's.
/// </summary>
internal static class TenantKeys
{
    /// <summary>The reserved name.</summary>
    public const string Directory = ".tenant";

    /// <summary>What all keys of tenants start with.</summary>
    public const string All = Directory + "/";

    // Follows every key of a tenant.
    private const string LastCharacter = "\U0010FFFF";

    /// <summary>What a tenant's keys start with.</summary>
    public static string PrefixOf(string tenant) => All + TenantName.ToFileName(tenant) + "/";

    /// <summary>Whether a key, which starts with a prefix, is one of a tenant below it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="prefixLength">How long the prefix is.</param>
    public static bool Has(string key, int prefixLength) => key.AsSpan(prefixLength).StartsWith(All, StringComparison.Ordinal);

    /// <summary>The end of all keys of tenants below a prefix.</summary>
    public static string EndOf(string prefix) => prefix + All + LastCharacter;
}
