using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// The ranges of a guest's memory that the host wrote in one call, in the order in which it wrote them, each as it was when the call had ended. Of a read that
/// failed on its way, a range may
/// have been written in part. Where ranges overlap, both show the end.
/// </summary>
public readonly ref struct HostCallWrites
{
    private readonly ReadOnlySpan<ulong> _words;
    private readonly bool _isInPlace;
    private readonly ObservedGuest _guest;

    internal HostCallWrites(ReadOnlySpan<ulong> words, bool isInPlace, ObservedGuest guest)
    {
        _words = words;
        (_isInPlace, _guest) = (isInPlace, guest);
    }

    /// <summary>How many ranges.</summary>
    public int Count => _words.IsEmpty ? 0 : (int)_words[0];

    /// <summary>Goes through them.</summary>
    /// <returns>What <c>foreach</c> needs.</returns>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Finds what was written from an address on, such as the result of <see cref="HostCallParameterRole.Result32"/>.</summary>
    /// <param name="address">The address.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="bytes">The bytes, if all of them were written.</param>
    /// <returns>Whether they were.</returns>
    public bool TryFind(uint address, uint length, out ReadOnlySpan<byte> bytes)
    {
        foreach (var write in this)
        {
            if (address < write.Address || (ulong)address + length > (ulong)write.Address + (uint)write.Bytes.Length) continue;
            bytes = write.Bytes.Slice((int)(address - write.Address), (int)length);
            return true;
        }

        bytes = default;
        return false;
    }

    /// <summary>Goes through the ranges.</summary>
    public ref struct Enumerator
    {
        private readonly HostCallWrites _writes;
        private int _left;
        private int _position = 1;

        internal Enumerator(HostCallWrites writes)
        {
            _writes = writes;
            _left = writes.Count;
        }

        /// <summary>The range.</summary>
        public HostCallWrite Current { get; private set; }

        /// <summary>Goes to the next range.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext()
        {
            if (_left-- <= 0) return false;
            var range = _writes._words[_position++];
            var (address, length) = (HostCallRecord.AddressOf(range), HostCallRecord.LengthOf(range));
            if (_writes._isInPlace)
            {
                _writes._guest.Memory.TryGetSpan(address, length, out var bytes);
                Current = new HostCallWrite(address, bytes);
                return true;
            }

            Current = new HostCallWrite(address, MemoryMarshal.AsBytes(_writes._words[_position..])[..(int)length]);
            _position += HostCallRecord.WordsOf(length);
            return true;
        }
    }
}

/// <summary>Bytes that the host wrote into a guest's memory.</summary>
public readonly ref struct HostCallWrite
{
    internal HostCallWrite(uint address, ReadOnlySpan<byte> bytes)
    {
        Address = address;
        Bytes = bytes;
    }

    /// <summary>Where.</summary>
    public uint Address { get; }

    /// <summary>What. Valid during the call of the observer.</summary>
    public ReadOnlySpan<byte> Bytes { get; }
}
