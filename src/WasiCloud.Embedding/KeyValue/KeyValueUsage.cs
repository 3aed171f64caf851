using System.Runtime.InteropServices;
using System.Text;
using WasiCloud.Embedding.KeyValue.Locks;

namespace WasiCloud.Embedding.KeyValue;

/// <summary>What entries take of a <see cref="KeyValueQuota"/>, or by how much that changes.</summary>
/// <param name="Bytes">Bytes of keys, in UTF-8 and as the store has them, and of values.</param>
/// <param name="Keys">How many keys.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeyValueUsage(long Bytes, long Keys)
{
    public static KeyValueUsage operator +(KeyValueUsage left, KeyValueUsage right) => new(left.Bytes + right.Bytes, left.Keys + right.Keys);

    public static KeyValueUsage operator -(KeyValueUsage left, KeyValueUsage right) => new(left.Bytes - right.Bytes, left.Keys - right.Keys);

    /// <summary>What one entry takes.</summary>
    public static KeyValueUsage Of(string key, long size) => new(Encoding.UTF8.GetByteCount(key) + size, 1);

    /// <summary>
    /// What an entry takes as it is listed: the locks of <see cref="LeaseLocks"/> take nothing, they are limited by number and end with their holder.
    /// </summary>
    public static KeyValueUsage Of(KeyValueEntry entry) => IsCounted(entry.Key) ? Of(entry.Key, entry.Size) : default;

    /// <summary>What the puts of a batch take, as if they replaced nothing.</summary>
    public static KeyValueUsage OfPuts(KeyValueBatch batch)
    {
        var sum = default(KeyValueUsage);
        for (var index = 0; index < batch.Operations.Count; index++)
        {
            var operation = batch.Operations[index];
            if (operation.Kind == KeyValueOperationKind.Put) sum += Of(operation.Key, operation.Value.Length);
        }

        return sum;
    }

    public static bool IsCounted(string key) => !key.StartsWith(LeaseLocks.Prefix, StringComparison.Ordinal);

    /// <summary>The same, with 0 for what is below.</summary>
    public KeyValueUsage NotNegative() => new(Math.Max(Bytes, 0), Math.Max(Keys, 0));
}
