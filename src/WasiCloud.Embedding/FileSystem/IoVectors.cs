using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// One piece of guest memory. The layout is POSIX <c>struct iovec</c>, so that the host directory mount can hand a list of them to the kernel.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct IoVector(byte* start, nuint length)
{
    public readonly byte* Start = start;
    public readonly nuint Length = length;

    public Span<byte> Span => new(Start, checked((int)Length));
}

/// <summary>The scatter/gather list of one read or write: pieces of guest memory that were bounds-checked, and that may overlap.</summary>
internal readonly ref struct IoVectors(ReadOnlySpan<IoVector> vectors, int totalLength)
{
    private readonly ReadOnlySpan<IoVector> _vectors = vectors;

    /// <summary>Bytes in all pieces together; the ABI's size is 32-bit and the caller bounds it to <see cref="int.MaxValue"/>.</summary>
    public int TotalLength { get; } = totalLength;

    public int Count => _vectors.Length;

    public ReadOnlySpan<IoVector> Vectors => _vectors;

    public Span<byte> this[int index] => _vectors[index].Span;

    /// <summary>Scatters <paramref name="source"/> over the pieces.</summary>
    /// <returns>How many bytes fitted.</returns>
    public int CopyFrom(ReadOnlySpan<byte> source)
    {
        var copied = 0;
        foreach (ref readonly var vector in _vectors)
        {
            if (copied == source.Length) break;
            var piece = vector.Span;
            var count = Math.Min(piece.Length, source.Length - copied);
            source.Slice(copied, count).CopyTo(piece);
            copied += count;
        }

        return copied;
    }

    /// <summary>Cuts a list that has more bytes than it may: the pieces that are left are there, the last of them shortened.</summary>
    public static unsafe void Cut(ref Span<IoVector> vectors, ref int length, int most)
    {
        if (length <= most) return;
        length = most;
        for (var index = 0; index < vectors.Length; index++)
        {
            ref var vector = ref vectors[index];
            if (vector.Length >= (nuint)most)
            {
                vector = new IoVector(vector.Start, (nuint)most);
                vectors = vectors[..(index + 1)];
                return;
            }

            most -= (int)vector.Length;
        }
    }

    /// <summary>Gathers the pieces into <paramref name="destination"/>, which must be at least <see cref="TotalLength"/> long.</summary>
    public void CopyTo(Span<byte> destination)
    {
        var copied = 0;
        foreach (ref readonly var vector in _vectors)
        {
            vector.Span.CopyTo(destination[copied..]);
            copied += (int)vector.Length;
        }
    }
}
