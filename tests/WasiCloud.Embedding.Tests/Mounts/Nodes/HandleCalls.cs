using System.Buffers;
using System.Text;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Mounts.Nodes;

/// <summary>Calls handles as the engine does: the synchronous half first, the waiting one if it declines.</summary>
internal static class HandleCalls
{
    public static unsafe bool TryRead(FileHandle handle, byte[] destination, out FsResult<int> result, params int[] pieces)
    {
        fixed (byte* start = destination)
        {
            return handle.TryRead(new IoVectors(Split(start, destination.Length, pieces), destination.Length), 0, out result);
        }
    }

    public static unsafe bool TryWrite(FileHandle handle, ReadOnlySpan<byte> source, out FsResult<int> result, params int[] pieces)
    {
        fixed (byte* start = source)
        {
            return handle.TryWrite(new IoVectors(Split(start, source.Length, pieces), source.Length), 0, out result);
        }
    }

    public static unsafe bool TryAppend(FileHandle handle, ReadOnlySpan<byte> source, out FsResult<long> result)
    {
        fixed (byte* start = source)
        {
            return handle.TryAppend(new IoVectors(Split(start, source.Length, []), source.Length), out result);
        }
    }

    public static async Task<FsResult<int>> ReadAsync(FileHandle handle, byte[] destination, long offset = 0)
    {
        if (offset == 0 && TryRead(handle, destination, out var result)) return result;
        return await handle.ReadAsync(destination, offset, CancellationToken.None);
    }

    public static async Task<Errno> WriteAllAsync(FileHandle handle, ReadOnlyMemory<byte> source)
    {
        while (!source.IsEmpty)
        {
            int count;
            if (!handle.CanSeek && TryWrite(handle, source.Span, out var now))
            {
                if (now.Error != Errno.Success) return now.Error;
                count = now.Value;
            }
            else
            {
                var later = await handle.WriteAsync(new ReadOnlySequence<byte>(source), 0, CancellationToken.None);
                if (later.Error != Errno.Success) return later.Error;
                count = (int)later.Value;
            }

            source = source[count..];
        }

        return Errno.Success;
    }

    public static async Task<string> ReadTextAsync(FileHandle handle, int bufferBytes = 7)
    {
        var content = new List<byte>();
        var buffer = new byte[bufferBytes];
        while (true)
        {
            var count = await ReadAsync(handle, buffer, handle.CanSeek ? content.Count : 0);
            if (count.Error != Errno.Success) throw new IOException(count.Error.ToString());
            if (count.Value == 0) return Encoding.UTF8.GetString([.. content]);
            content.AddRange(buffer.AsSpan(0, count.Value));
        }
    }

    private static unsafe IoVector[] Split(byte* start, int length, int[] pieces)
    {
        if (pieces.Length == 0) return [new(start, (nuint)length)];
        var vectors = new IoVector[pieces.Length];
        for (var index = 0; index < pieces.Length; index++)
        {
            vectors[index] = new(start, (nuint)pieces[index]);
            start += pieces[index];
        }

        return vectors;
    }
}
