using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.KeyValue;

/// <summary>The content that one handle sees: the backend's own bytes until the first write copies them.</summary>
internal sealed class FileContent(KeyValueAttachment attachment)
{
    private ReadOnlyMemory<byte> _shared;
    private byte[]? _own;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _own is null ? _shared : _own.AsMemory(0, Length);

    /// <summary>Replaces everything by bytes that nobody modifies.</summary>
    /// <returns><see cref="Errno.NoMem"/> if the guest may not hold so much.</returns>
    public Errno Reset(ReadOnlyMemory<byte> value)
    {
        if (!attachment.TryReserve(value.Length - Length)) return Errno.NoMem;
        (_shared, _own, Length) = (value, null, value.Length);
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
        if (!attachment.TryReserve(length - Length)) return Errno.NoMem;
        var kept = (int)Math.Min(length, Length);
        EnsureOwn((int)length, kept);
        _own.AsSpan(kept, (int)length - kept).Clear();
        Length = (int)length;
        return Errno.Success;
    }

    /// <summary>Gives back what was reserved.</summary>
    public void Release()
    {
        attachment.Release(Length);
        (_shared, _own, Length) = (default, null, 0);
    }

    private void EnsureOwn(int capacity, int kept)
    {
        if (_own is not null && _own.Length >= capacity) return;

        // Doubling keeps many small writes linear, but never beyond the limit that makes it pointless.
        var doubled = Math.Min(Length * 2L, attachment.Options.MaxValueBytes);
        var own = GC.AllocateUninitializedArray<byte>((int)Math.Max(doubled, capacity));
        Memory.Span[..kept].CopyTo(own);
        (_own, _shared) = (own, default);
    }
}
