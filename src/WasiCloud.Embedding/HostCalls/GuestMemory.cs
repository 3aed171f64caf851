using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>A guest's linear memory as it is during one host call. Every address and length is hostile and checked in 64-bit arithmetic.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct GuestMemory(byte* start, ulong length)
{
    private readonly byte* _start = start;

    /// <summary>Bytes in the memory.</summary>
    public ulong Length { get; } = length;

    /// <summary>
    /// Whether the range lies in the memory. An empty range does wherever it starts: nothing of it is ever touched (POSIX <c>read</c>, <c>write</c> with no
    /// bytes).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(uint address, ulong count) => (count <= Length && address <= Length - count) || count == 0;

    public bool TryGetSpan(uint address, uint count, out Span<byte> span)
    {
        if (count > int.MaxValue || count > Length || address > Length - count)
        {
            span = default;
            return count == 0;
        }

        span = new Span<byte>(_start + address, (int)count);
        return true;
    }

    /// <summary>The pointer to a range that was checked by <see cref="Contains"/> and is not empty.</summary>
    public byte* PointerTo(uint address) => _start + address;

    /// <summary>A range as the kernel takes it. An empty one has no address of the guest's, which may be no address at all.</summary>
    public bool TryGetVector(uint address, uint count, out IoVector vector)
    {
        if (count > Length || address > Length - count)
        {
            vector = new IoVector(_start, 0);
            return count == 0;
        }

        vector = new IoVector(_start + address, count);
        return true;
    }

    public bool TryReadU32(uint address, out uint value)
    {
        var fits = TryGetSpan(address, sizeof(uint), out var span);
        value = fits ? BinaryPrimitives.ReadUInt32LittleEndian(span) : 0;
        return fits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Errno WriteU32(uint address, uint value)
    {
        if (!Contains(address, sizeof(uint))) return Errno.Fault;
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(_start + address, sizeof(uint)), value);
        return Errno.Success;
    }

    public Errno WriteU64(uint address, ulong value)
    {
        if (!Contains(address, sizeof(ulong))) return Errno.Fault;
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(_start + address, sizeof(ulong)), value);
        return Errno.Success;
    }
}
