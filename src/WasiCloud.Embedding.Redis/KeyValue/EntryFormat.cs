using System.Buffers.Binary;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>How an entry is stored: one string of header and value, so that one <c>GETRANGE</c> reads both, or the header alone.</summary>
/// <remarks>
/// The header is the revision, the modification time, the expiry (both in ticks of UTC; expiry 0 if there is none), each 8 bytes, and the value's length in 4;
/// big-endian, as Lua's struct library writes them. The script prepends the revision to what <see cref="Encode"/> makes.
/// </remarks>
internal static class EntryFormat
{
    public const int HeaderBytes = 28;

    /// <summary>A Redis string holds at most 512 MiB.</summary>
    public const int MaxValueBytes = (512 << 20) - HeaderBytes;

    private const int RevisionBytes = 8;

    /// <summary>Encodes all but the revision.</summary>
    public static byte[] Encode(KeyValueOperation put, DateTimeOffset now)
    {
        var encoded = GC.AllocateUninitializedArray<byte>(HeaderBytes - RevisionBytes + put.Value.Length);
        BinaryPrimitives.WriteInt64BigEndian(encoded, now.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(encoded.AsSpan(8), put.Expires?.UtcTicks ?? 0);
        BinaryPrimitives.WriteInt32BigEndian(encoded.AsSpan(16), put.Value.Length);
        put.Value.Span.CopyTo(encoded.AsSpan(20));
        return encoded;
    }

    /// <summary>Decodes what was read of an entry: the header, and its value if all of it is there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="stored">The beginning of the stored string.</param>
    /// <param name="maxValueLength">Longer values are left out.</param>
    public static KeyValueEntry Decode(string key, ReadOnlyMemory<byte> stored, int maxValueLength)
    {
        var header = stored.Span[..HeaderBytes];
        var size = BinaryPrimitives.ReadInt32BigEndian(header[24..]);
        var expires = BinaryPrimitives.ReadInt64BigEndian(header[16..]);
        return new KeyValueEntry
        {
            Key = key,
            Revision = BinaryPrimitives.ReadInt64BigEndian(header),
            Size = size,
            Modified = new DateTimeOffset(BinaryPrimitives.ReadInt64BigEndian(header[8..]), TimeSpan.Zero),
            Expires = expires == 0 ? null : new DateTimeOffset(expires, TimeSpan.Zero),
            Value = size <= maxValueLength ? stored.Slice(HeaderBytes, size) : (ReadOnlyMemory<byte>?)null,
        };
    }
}
