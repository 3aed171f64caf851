using System.Buffers;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>A serialized module in native memory, exposed without a copy.</summary>
internal sealed unsafe class SerializedModule(ByteVector bytes) : MemoryManager<byte>
{
    private ByteVector bytes = bytes;

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(bytes.Data is null, this);
        return new Span<byte>(bytes.Data, checked((int)bytes.Size));
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        // Native memory never moves; slicing checks the index.
        fixed (byte* element = GetSpan()[elementIndex..])
            return new MemoryHandle(element);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (bytes.Data is null)
            return;

        fixed (ByteVector* vector = &bytes)
            VectorApi.DeleteBytes(vector);
        bytes = default;
    }
}
