using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>The content that one handle sees: the backend's own bytes until the first write copies them.</summary>
/// <remarks>What is allocated is what counts as open bytes, not what is in use: capacity too, and while content moves to a larger array both arrays.</remarks>
internal sealed class FileContent(KeyValueAttachment attachment)
{
    private ReadOnlyMemory<byte> _shared;
    private byte[]? _own;

    // Whether somebody may still read what is in the array.
    private bool _isFrozen;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _own is null ? _shared : _own.AsMemory(0, Length);

    private int Capacity => _own?.Length ?? _shared.Length;

    /// <summary>Replaces everything by bytes that nobody modifies. What is there already stays as it is.</summary>
    /// <returns><see cref="Errno.NoMem"/> if the guest may not hold so much.</returns>
    public Errno Reset(ReadOnlyMemory<byte> value)
    {
        if (value.Equals(Memory)) return Errno.Success;
        if (!attachment.TryReserve(value.Length - Capacity)) return Errno.NoMem;
        (_shared, _own, _isFrozen, Length) = (value, null, false, value.Length);
        return Errno.Success;
    }

    /// <summary>Gets a writable window, as long as asked for; a gap before it is zero.</summary>
    /// <returns><see cref="Errno.FBig"/> or <see cref="Errno.NoMem"/>.</returns>
    public Errno GetWindow(long offset, long length, out Span<byte> window)
    {
        window = default;
        var end = offset + length;
        if (end < offset) return Errno.FBig;
        var error = SetLength(Math.Max(end, Length));
        if (error == Errno.Success) window = _own.AsSpan((int)offset, (int)length);
        return error;
    }

    /// <summary>Cuts, or grows with zeros.</summary>
    /// <returns><see cref="Errno.FBig"/> or <see cref="Errno.NoMem"/>.</returns>
    public Errno SetLength(long length)
    {
        if (length > attachment.Options.MaxValueBytes && length > Length) return Errno.FBig;
        var kept = (int)Math.Min(length, Length);
        if (!TryMakeOwn((int)length, kept)) return Errno.NoMem;
        _own.AsSpan(kept, (int)length - kept).Clear();
        Length = (int)length;
        return Errno.Success;
    }

    /// <summary>
    /// What is there may still be read, by a backend that has failed and cannot cancel what it began: the next write makes a copy, so that what is
    /// committed late is what was to be committed.
    /// </summary>
    public void Freeze() => _isFrozen = true;

    /// <summary>Gives back what was reserved.</summary>
    public void Release()
    {
        attachment.Release(Capacity);
        (_shared, _own, _isFrozen, Length) = (default, null, false, 0);
    }

    private bool TryMakeOwn(int length, int kept)
    {
        // An array is given back when a quarter of it would do: then copying the rest costs less than what it had cost to fill.
        var fits = !_isFrozen && _own is not null && _own.Length >= length;
        if (fits && (_own!.Length == 0 || length > _own.Length / 4)) return true;

        // Doubling keeps many small writes linear, but never beyond the limit that makes it pointless, nor where only less is left to the guest.
        if (length > Length && TryMove((int)Math.Max(length, Math.Min(Length * 2L, attachment.Options.MaxValueBytes)), kept)) return true;

        // A file can always be cut: where there is no room for the smaller array beside the larger one, that stays, and counts.
        return TryMove(length, kept) || fits;
    }

    private bool TryMove(int capacity, int kept)
    {
        // Cut to nothing, nothing is held beside.
        var (held, beside) = (Capacity, kept > 0 ? 0 : Capacity);
        if (!attachment.TryReserve(capacity - beside)) return false;
        var own = GC.AllocateUninitializedArray<byte>(capacity);
        Memory.Span[..kept].CopyTo(own);
        (_own, _shared, _isFrozen) = (own, default, false);
        attachment.Release(held - beside);
        return true;
    }
}
