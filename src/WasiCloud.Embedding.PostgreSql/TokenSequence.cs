using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Names commits, so that a repeated one is recognized. Thread-safe.</summary>
internal sealed class TokenSequence
{
    // Generated names have 24 bytes, hashes of callers' tokens 32, so they never meet. Those of one backend ascend, which keeps the index's work in one place.
    private const int GuidBytes = 16;

    private readonly byte[] _own = Guid.NewGuid().ToByteArray();
    private long _last;

    /// <summary>Names a commit.</summary>
    /// <returns>The name, or <see langword="null"/> if repeating it does no harm because it writes nothing.</returns>
    public byte[]? For(KeyValueBatch batch)
    {
        if (batch.IdempotencyToken is { } token) return SHA256.HashData(Encoding.UTF8.GetBytes(token));
        if (!batch.Operations.Any(operation => operation.Kind is KeyValueOperationKind.Put or KeyValueOperationKind.Delete)) return null;
        var name = new byte[GuidBytes + sizeof(long)];
        _own.CopyTo(name, 0);
        BinaryPrimitives.WriteInt64BigEndian(name.AsSpan(GuidBytes), Interlocked.Increment(ref _last));
        return name;
    }
}
