namespace WasiCloud.Embedding.KeyValue;

/// <summary>One key with its value and version.</summary>
public sealed record KeyValueEntry
{
    /// <summary>The key.</summary>
    public required string Key { get; init; }

    /// <summary>The revision of the commit that wrote the value; more than 0.</summary>
    public required long Revision { get; init; }

    /// <summary>The value's length in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>When the value was written.</summary>
    public required DateTimeOffset Modified { get; init; }

    /// <summary>When the entry ceases to exist, or <see langword="null"/> if it stays.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The value, never modified after it was returned; <see langword="null"/> in listings and if it was longer than asked for.</summary>
    public ReadOnlyMemory<byte>? Value { get; init; }
}
