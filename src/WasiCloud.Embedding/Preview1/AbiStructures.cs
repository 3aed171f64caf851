using System.Buffers.Binary;
using System.Text;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary>Small structures of the ABI that both snapshots share.</summary>
internal static class AbiStructures
{
    /// <summary>Bytes of <c>fdstat</c>.</summary>
    public const uint DescriptorStatusSize = 24;

    /// <summary>Bytes of <c>dirent</c>, which the name follows.</summary>
    public const int DirectoryEntrySize = 24;

    /// <summary>Writes <c>fdstat</c>: type, flags, rights.</summary>
    public static void WriteDescriptorStatus(Span<byte> destination, Descriptor descriptor)
    {
        destination.Clear();
        destination[0] = (byte)descriptor.Node.Type.OrUnknown();
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], (ushort)descriptor.Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], (ulong)descriptor.RightsBase);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], (ulong)descriptor.RightsInheriting);
    }

    /// <summary>Writes a <c>dirent</c> and its name, as much of it as fits.</summary>
    /// <returns>How many bytes were written; fewer than the whole entry only if it was cut.</returns>
    public static uint WriteDirectoryEntry(in GuestMemory memory, uint address, uint capacity, in ListedEntry entry)
    {
        Span<byte> whole = stackalloc byte[DirectoryEntrySize + GuestPath.MaxNameBytes];
        var nameLength = Encoding.UTF8.GetBytes(entry.Name, whole[DirectoryEntrySize..]);
        whole = whole[..(DirectoryEntrySize + nameLength)];
        BinaryPrimitives.WriteUInt64LittleEndian(whole, entry.Next);
        BinaryPrimitives.WriteUInt64LittleEndian(whole[8..], entry.Inode);
        BinaryPrimitives.WriteInt32LittleEndian(whole[16..], nameLength);
        BinaryPrimitives.WriteUInt32LittleEndian(whole[20..], (uint)entry.Type);
        var count = Math.Min((uint)whole.Length, capacity);
        memory.TryGetWritable(address, count, out var destination);
        whole[..(int)count].CopyTo(destination);
        return count;
    }
}
