using System.Runtime.InteropServices;
using System.Text;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Mounts.Memory;

/// <summary>Stands for a guest's memory: calls the synchronous paths with pieces of it.</summary>
internal static unsafe class GuestMemory
{
    public static FsResult<int>? TryRead(FileHandle handle, long offset, params byte[][] pieces)
    {
        FsResult<int> result = default;
        var isDone = false;
        WithVectors(pieces, vectors => isDone = handle.TryRead(ToList(vectors), offset, out result));
        return isDone ? result : null;
    }

    public static FsResult<int>? TryWrite(FileHandle handle, long offset, params string[] pieces)
    {
        FsResult<int> result = default;
        var isDone = false;
        WithVectors(ToBytes(pieces), vectors => isDone = handle.TryWrite(ToList(vectors), offset, out result));
        return isDone ? result : null;
    }

    public static FsResult<long>? TryAppend(FileHandle handle, params string[] pieces)
    {
        FsResult<long> result = default;
        var isDone = false;
        WithVectors(ToBytes(pieces), vectors => isDone = handle.TryAppend(ToList(vectors), out result));
        return isDone ? result : null;
    }

    private static byte[][] ToBytes(string[] pieces) => [.. pieces.Select(Encoding.UTF8.GetBytes)];

    private static IoVectors ToList(IoVector[] vectors) => new(vectors, (int)vectors.Sum(static vector => (long)vector.Length));

    private static void WithVectors(byte[][] pieces, Action<IoVector[]> action)
    {
        var pins = pieces.Select(static piece => GCHandle.Alloc(piece, GCHandleType.Pinned)).ToArray();
        try
        {
            action([.. pieces.Select((piece, index) => new IoVector((byte*)pins[index].AddrOfPinnedObject(), (nuint)piece.Length))]);
        }
        finally
        {
            foreach (var pin in pins) pin.Free();
        }
    }
}
