using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Preview1;

/// <summary>Lends a window of guest memory to asynchronous I/O for the length of one host call.</summary>
/// <remarks>
/// The guest is parked inside the call while a lease is live, so nothing can grow or move its memory.
/// <see cref="Revoke"/> makes a late touch by a handle that ignored the contract throw instead of corrupting the guest.
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
