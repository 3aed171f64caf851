namespace WasiCloud.Embedding.KeyValue;

/// <summary>What a <see cref="KeyValueOperation"/> does. A backend throws <see cref="NotSupportedException"/> for a kind it does not know.</summary>
public enum KeyValueOperationKind
{
    /// <summary>Writes a value.</summary>
    Put,

    /// <summary>Deletes an entry.</summary>
    Delete,

    /// <summary>Tests one key.</summary>
    Check,

    /// <summary>Tests that nothing below a prefix changed.</summary>
    CheckPrefix,
}
