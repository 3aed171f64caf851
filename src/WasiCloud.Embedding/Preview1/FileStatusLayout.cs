using System.Buffers.Binary;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary>The two layouts of <c>filestat</c>: snapshot 0 has a 32-bit link count, so everything behind it moves.</summary>
internal sealed class FileStatusLayout
{
    private readonly int _sizeOffset;
    private readonly bool _hasWideLinkCount;

    private FileStatusLayout(uint size, bool hasWideLinkCount) => (Size, _sizeOffset, _hasWideLinkCount) = (size, hasWideLinkCount ? 32 : 24, hasWideLinkCount);

    public static FileStatusLayout Preview1 { get; } = new(64, hasWideLinkCount: true);

    public static FileStatusLayout Snapshot0 { get; } = new(56, hasWideLinkCount: false);

    /// <summary>Bytes of the whole structure.</summary>
    public uint Size { get; }

    public Errno Write(in GuestMemory memory, uint address, in FileStatus status)
    {
        if (!memory.TryGetWritable(address, Size, out var span)) return Errno.Fault;
        span.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(span, status.Device);
        BinaryPrimitives.WriteUInt64LittleEndian(span[8..], status.Inode);
        span[16] = (byte)status.Type;
        if (_hasWideLinkCount)
            BinaryPrimitives.WriteUInt64LittleEndian(span[24..], status.Attributes.LinkCount);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(span[20..], (uint)Math.Min(status.Attributes.LinkCount, uint.MaxValue));
        BinaryPrimitives.WriteUInt64LittleEndian(span[_sizeOffset..], status.Attributes.Size);
        BinaryPrimitives.WriteUInt64LittleEndian(span[(_sizeOffset + 8)..], status.Attributes.Accessed);
        BinaryPrimitives.WriteUInt64LittleEndian(span[(_sizeOffset + 16)..], status.Attributes.Modified);
        BinaryPrimitives.WriteUInt64LittleEndian(span[(_sizeOffset + 24)..], status.Attributes.Changed);
        return Errno.Success;
    }
}
