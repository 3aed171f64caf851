using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// Lends a window of guest memory, for the length of one host call, to a handle of this library that <see cref="FileHandle.MayBorrowGuestMemory"/>.
/// </summary>
/// <remarks>
/// The guest is parked inside the call while a lease is live, so nothing can grow or move its memory. Afterwards the address may be another guest's, and a span
/// or a pinned pointer that somebody kept would lead there: that is why others are never lent it. <see cref="Revoke"/> makes a defect of this library throw
/// where it can.
/// </remarks>
internal sealed unsafe class GuestMemoryLease : MemoryManager<byte>
{
    private byte* _start;
    private int _length;

    public Memory<byte> Lend(IoVector vector)
    {
        _start = vector.Start;
        _length = (int)vector.Length;
        return Memory;
    }

    /// <summary>What is lent.</summary>
    public IoVector Vector => new(_start, (nuint)_length);

    public void Revoke() => _start = null;

    public override Memory<byte> Memory => CreateMemory(_length);

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new Span<byte>(_start, _length);
    }

    // Guest memory never moves while lent, so there is nothing to pin.
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new MemoryHandle(_start + elementIndex);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => Revoke();
}
