using System.Security.Cryptography;

namespace WasiCloud.Embedding.Secrets;

/// <summary>
/// Memory for values. It stays where it is, so that the garbage collector leaves no copies behind, and is zeroed before it serves another. Thread-safe.
/// </summary>
internal sealed class SecretBuffers
{
    /// <summary>4 KiB, which most secrets are shorter than; only such buffers are used again.</summary>
    public const int PooledBytes = 4 << 10;

    private const int MaxIdle = 64;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _idle = [];

    /// <summary>Those that wait for another value.</summary>
    public IReadOnlyList<byte[]> Idle
    {
        get
        {
            lock (_lock) return [.. _idle];
        }
    }

    /// <summary>Gets a buffer, which is zero.</summary>
    public byte[] Rent(int minimumBytes)
    {
        if (minimumBytes > PooledBytes) return GC.AllocateArray<byte>(minimumBytes, pinned: true);
        lock (_lock)
        {
            if (_idle.TryPop(out var buffer)) return buffer;
        }

        return GC.AllocateArray<byte>(PooledBytes, pinned: true);
    }

    /// <summary>Zeroes a buffer and takes it back.</summary>
    public void Return(byte[] buffer)
    {
        CryptographicOperations.ZeroMemory(buffer);
        if (buffer.Length != PooledBytes) return;
        lock (_lock)
        {
            if (_idle.Count < MaxIdle) _idle.Push(buffer);
        }
    }
}
