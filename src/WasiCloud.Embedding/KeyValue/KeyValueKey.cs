using System.Text;

namespace WasiCloud.Embedding.KeyValue;

/// <summary>What every backend agrees on about keys: which are valid, and their order.</summary>
public static class KeyValueKey
{
    /// <summary>The longest key, in UTF-8 bytes.</summary>
    public const int MaxBytes = 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Orders keys by their UTF-8 bytes, which differs from <see cref="StringComparer.Ordinal"/> for characters beyond U+FFFF.</summary>
    public static IComparer<string> Order { get; } = Comparer<string>.Create(Compare);

    /// <summary>Checks a key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="ArgumentException">It is empty, longer than <see cref="MaxBytes"/>, or has a surrogate without its other half, which UTF-8 cannot
    /// express.</exception>
    public static void ThrowIfInvalid(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ThrowIfInvalidPrefix(key);
    }

    /// <summary>Checks a prefix: as a key, but it may be empty.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <exception cref="ArgumentException">It is longer than <see cref="MaxBytes"/>, or has a surrogate without its other half.</exception>
    public static void ThrowIfInvalidPrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);

        // Throws EncoderFallbackException, an ArgumentException, for lone surrogates.
        var bytes = StrictUtf8.GetByteCount(prefix);
        if (bytes > MaxBytes) throw new ArgumentException($"The key has {bytes} bytes of UTF-8; at most {MaxBytes} are allowed.", nameof(prefix));
    }

    /// <summary>
    /// What the keys of a tenant's part of a scope start with, after the scope's own prefix: what guests under a policy's <c>tenant</c> line read and write
    /// (docs/authority.md). For an application that fills or reads it.
    /// </summary>
    /// <param name="tenant">The tenant, as of <see cref="InvocationRequest.Tenant"/>.</param>
    /// <returns>For example <c>.tenant/acme/</c>.</returns>
    /// <exception cref="ArgumentException">It is no tenant's name.</exception>
    public static string PrefixOfTenant(string tenant)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        TenantName.Check(tenant, nameof(tenant));
        return TenantKeys.PrefixOf(tenant);
    }

    private static int Compare(string? x, string? y)
    {
        if (x is null || y is null) return string.CompareOrdinal(x, y);
        var common = x.AsSpan().CommonPrefixLength(y);
        if (common == x.Length || common == y.Length) return x.Length - y.Length;
        return Rank(x[common]) - Rank(y[common]);
    }

    // UTF-8 orders by code point. Surrogates stand for code points above all of the BMP but are encoded below U+E000, so the two ranges change places.
    private static int Rank(char unit) => unit switch
    {
        < '\uD800' => unit,
        < '\uE000' => unit + 0x2000,
        _ => unit - 0x800,
    };
}
