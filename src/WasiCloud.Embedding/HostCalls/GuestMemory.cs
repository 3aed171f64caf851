using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// A guest's linear memory as it is during one host call. Every address and length is hostile and checked in 64-bit arithmetic. Everything that the host writes
/// there is written through this, or,
/// through what <see cref="TryGetVector"/> lends, told to <see cref="NoteWritten(uint, uint)"/>: so an observer can be told of it.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal unsafe struct GuestMemory
{
    // Notes what is written, of a guest that is observed. Stays when the rest is refreshed.
    private readonly MemoryWrites? _writes;
    private byte* _start;

    /// <summary>A memory that nobody observes.</summary>
    public GuestMemory(byte* start, ulong length)
    {
        _start = start;
        Length = length;
    }

    /// <summary>No memory yet, of a guest that is observed.</summary>
    public GuestMemory(MemoryWrites writes) => _writes = writes;

    /// <summary>Bytes in the memory.</summary>
    public ulong Length { get; private set; }

    /// <summary>Notes where it lies now, and how large it is.</summary>
    public void Refresh(byte* start, ulong length)
    {
        _start = start;
        Length = length;
    }

    /// <summary>
    /// Whether the range lies in the memory. An empty range does wherever it starts: nothing of it is ever touched (POSIX <c>read</c>, <c>write</c> with no
    /// bytes).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Contains(uint address, ulong count) => (count <= Length && address <= Length - count) || count == 0;

    /// <summary>A range, to be read.</summary>
    public readonly bool TryGetSpan(uint address, uint count, out ReadOnlySpan<byte> span)
    {
        var fits = TryGetRange(address, count, out var range);
        span = range;
        return fits;
    }

    /// <summary>A range, all of which is written.</summary>
    public readonly bool TryGetWritable(uint address, uint count, out Span<byte> span)
    {
        if (!TryGetRange(address, count, out span)) return false;
        NoteWritten(address, count);
        return true;
    }

    /// <summary>The pointer to a range that was checked by <see cref="Contains"/> and is not empty.</summary>
    public readonly byte* PointerTo(uint address) => _start + address;

    /// <summary>A range as the kernel takes it. An empty one has no address of the guest's, which may be no address at all.</summary>
    public readonly bool TryGetVector(uint address, uint count, out IoVector vector)
    {
        if (count > Length || address > Length - count)
        {
            vector = new IoVector(_start, 0);
            return count == 0;
        }

        vector = new IoVector(_start + address, count);
        return true;
    }

    /// <summary>Notes that something was written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void NoteWritten(uint address, uint count) => _writes?.Add(address, count);

    /// <summary>Notes that so many bytes were written through vectors of this memory, one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void NoteWritten(ReadOnlySpan<IoVector> vectors, int count)
    {
        if (_writes is not null) Note(vectors, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Errno WriteU32(uint address, uint value)
    {
        if (!Contains(address, sizeof(uint))) return Errno.Fault;
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(_start + address, sizeof(uint)), value);
        NoteWritten(address, sizeof(uint));
        return Errno.Success;
    }

    public readonly Errno WriteU64(uint address, ulong value)
    {
        if (!Contains(address, sizeof(ulong))) return Errno.Fault;
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(_start + address, sizeof(ulong)), value);
        NoteWritten(address, sizeof(ulong));
        return Errno.Success;
    }

    private readonly bool TryGetRange(uint address, uint count, out Span<byte> span)
    {
        if (count > int.MaxValue || count > Length || address > Length - count)
        {
            span = default;
            return count == 0;
        }

        span = new Span<byte>(_start + address, (int)count);
        return true;
    }

    private readonly void Note(ReadOnlySpan<IoVector> vectors, int count)
    {
        foreach (ref readonly var vector in vectors)
        {
            if (count <= 0) return;
            var written = Math.Min(count, (int)vector.Length);
            _writes!.Add((uint)(vector.Start - _start), (uint)written);
            count -= written;
        }
    }
}
