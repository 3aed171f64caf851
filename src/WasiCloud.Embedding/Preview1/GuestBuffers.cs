using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary>
/// Guest memory that is lent to this library's own handles while a host call waits. A guest has one call at a time, so the leases are reused.
/// </summary>
/// <remarks><see cref="CopiedTransfer"/> is for all other handles.</remarks>
internal sealed unsafe class GuestBuffers
{
    private readonly List<GuestMemoryLease> _leases = [];
    private readonly List<Memory<byte>> _lent = [];

    /// <summary>Lends the vectors of an <c>iovec_array</c>, up to a number of bytes, until <see cref="Revoke"/>.</summary>
    public Errno Lend(in GuestMemory memory, uint address, uint count, int most, out IReadOnlyList<Memory<byte>> buffers)
    {
        buffers = _lent;
        if (count > IoVectorDecoder.MaxCount) return Errno.Inval;
        Span<IoVector> vectors = stackalloc IoVector[(int)count];
        var error = IoVectorDecoder.Decode(memory, address, vectors, out var length);
        if (error != Errno.Success) return error;
        IoVectors.Cut(ref vectors, ref length, most);
        foreach (var vector in vectors)
        {
            if (_lent.Count == _leases.Count) _leases.Add(new GuestMemoryLease());
            _lent.Add(_leases[_lent.Count].Lend(vector));
        }

        return Errno.Success;
    }

    /// <summary>What is lent, as one sequence.</summary>
    public ReadOnlySequence<byte> AsSequence()
    {
        if (_lent.Count == 1) return new ReadOnlySequence<byte>(_lent[0]);
        Segment? first = null, last = null;
        foreach (var buffer in _lent)
        {
            if (buffer.IsEmpty) continue;
            last = new Segment(buffer, last);
            first ??= last;
        }

        return first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    /// <summary>Notes that so many bytes were written to what is lent.</summary>
    public void NoteWritten(in GuestMemory memory, int count)
    {
        for (var index = 0; index < _lent.Count && count > 0; index++)
        {
            var vector = _leases[index].Vector;
            memory.NoteWritten([vector], count);
            count -= (int)vector.Length;
        }
    }

    public void Revoke()
    {
        for (var index = 0; index < _lent.Count; index++) _leases[index].Revoke();
        _lent.Clear();
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is null) return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
