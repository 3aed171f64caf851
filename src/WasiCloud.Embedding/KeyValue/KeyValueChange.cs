using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.KeyValue;

/// <summary>One change that <see cref="IKeyValueBackend.WatchAsync"/> tells of.</summary>
/// <param name="Key">The key.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Revision">The revision of the commit.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct KeyValueChange(string Key, KeyValueChangeKind Kind, long Revision);

/// <summary>What happened to a key.</summary>
public enum KeyValueChangeKind
{
    /// <summary>A value was written.</summary>
    Put,

    /// <summary>The entry was deleted or expired.</summary>
    Delete,
}
