using System.Globalization;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// A guest's memory while one of its calls is answered. Every address is checked, and what is written is told to the observer as what the host writes.
/// </summary>
public readonly ref struct HostCallMemory
{
    private readonly ObservedGuest _guest;

    internal HostCallMemory(ObservedGuest guest) => _guest = guest;

    /// <summary>How large it is, in bytes.</summary>
    public long Length => (long)_guest.Memory.Length;

    /// <summary>Reads a range.</summary>
    /// <param name="address">Where it starts.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>The memory itself, valid during the call.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Part of it lies beyond the memory.</exception>
    public ReadOnlySpan<byte> Read(uint address, uint length) =>
        _guest.Memory.TryGetSpan(address, length, out var span) ? span : throw OutOfRange(address, length);

    /// <summary>Writes a range.</summary>
    /// <param name="address">Where it starts.</param>
    /// <param name="bytes">What to write.</param>
    /// <exception cref="ArgumentOutOfRangeException">Part of it lies beyond the memory; nothing was written.</exception>
    public void Write(uint address, ReadOnlySpan<byte> bytes)
    {
        if (!_guest.Memory.TryGetWritable(address, (uint)bytes.Length, out var span)) throw OutOfRange(address, (uint)bytes.Length);
        bytes.CopyTo(span);
    }

    private ArgumentOutOfRangeException OutOfRange(uint address, uint length) => new(
        nameof(address), address,
        string.Create(CultureInfo.InvariantCulture, $"{length} bytes from there are not in the guest's memory of {_guest.Memory.Length} bytes."));
}
