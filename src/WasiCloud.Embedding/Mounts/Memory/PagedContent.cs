using System.Numerics;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>The bytes of one file, sparse: absent pages, and what lies behind the end of a short one, are zeros. Not thread-safe.</summary>
/// <remarks>
/// Pages are arrays of 64 KiB, below the large object heap's 85,000 bytes. The first one grows by doubling, so that small files stay small.
/// A dictionary rather than a page table: one byte written at 2^40 costs one page, not a table of 16 million.
/// </remarks>
internal sealed class PagedContent(MemoryQuota quota)
{
    public const int PageSize = 64 * 1024;
    private const int SmallestPage = 64;

    private byte[] _first = [];
    private Dictionary<long, byte[]>? _others;
    private long _recentIndex;
    private byte[] _recent = [];

    /// <summary>What is allocated, and taken from the quota, in bytes.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Copies bytes out.</summary>
    public void Load(Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            var start = (int)(offset % PageSize);
            var count = Math.Min(destination.Length, PageSize - start);
            var page = Page(offset / PageSize).AsSpan();
            var stored = page[Math.Min(start, page.Length)..Math.Min(start + count, page.Length)];
            stored.CopyTo(destination);
            destination[stored.Length..count].Clear();
            destination = destination[count..];
            offset += count;
        }
    }

    /// <summary>Copies bytes in; the room was made before.</summary>
    public void Store(ReadOnlySpan<byte> source, long offset)
    {
        while (!source.IsEmpty)
        {
            var start = (int)(offset % PageSize);
            var count = Math.Min(source.Length, PageSize - start);
            source[..count].CopyTo(Page(offset / PageSize).AsSpan(start));
            source = source[count..];
            offset += count;
        }
    }

    /// <summary>Makes room for as many of the bytes as the quota allows.</summary>
    /// <returns>How many, from <paramref name="offset"/> on, can be stored now.</returns>
    public long MakeRoom(long offset, long length)
    {
        if (TryReserve(offset, length)) return length;
        var room = 0L;
        while (room < length)
        {
            var start = (int)((offset + room) % PageSize);
            var count = Math.Min(length - room, PageSize - start);
            if (!TryReserve(offset + room, count))
            {
                // A page need not be whole: the last bytes of the quota are usable too.
                count = Math.Min(count, Page((offset + room) / PageSize).Length + quota.AvailableBytes - start);
                if (count > 0 && TryReserve(offset + room, count)) room += count;
                break;
            }

            room += count;
        }

        return room;
    }

    /// <summary>Whether there can be room for so many bytes at all, wherever they are to be.</summary>
    public bool MayReserve(long length) => length - AllocatedBytes <= quota.AvailableBytes;

    /// <summary>Makes room for all of the bytes, or for none and changes nothing.</summary>
    public bool TryReserve(long offset, long length)
    {
        var start = (int)(offset % PageSize);
        if (start + length <= Page(offset / PageSize).Length) return true;

        // Bounds the walk over the range, which a guest may choose as long as it likes, by what there can be at all.
        if (!MayReserve(length)) return false;
        return TryGrow(offset, length, isExact: false) || TryGrow(offset, length, isExact: true);
    }

    /// <summary>Frees what lies at or behind <paramref name="size"/>.</summary>
    public void Truncate(long size)
    {
        var (last, kept) = (size / PageSize, (int)(size % PageSize));
        if (_others is not null)
        {
            foreach (var index in _others.Keys)
            {
                if (index > last || (index == last && kept == 0)) Shrink(index, 0);
            }
        }

        if (last == 0)
        {
            var wanted = WantedLength(0, kept, isExact: false);
            if (wanted < _first.Length) Shrink(0, wanted);
        }

        // What is left of the last page must read as zeros if the file grows again.
        var page = Page(last);
        if (kept < page.Length) page.AsSpan(kept).Clear();
    }

    private static int WantedLength(long index, long end, bool isExact)
    {
        var needed = (int)Math.Min(PageSize, end - (index * PageSize));
        if (isExact || needed == 0) return needed;
        return index == 0 ? Math.Max(SmallestPage, (int)BitOperations.RoundUpToPowerOf2((uint)needed)) : PageSize;
    }

    private bool TryGrow(long offset, long length, bool isExact)
    {
        // Pages are counted, since the byte behind the last one may not exist in 63 bits.
        var end = offset + length;
        var (first, last) = (offset / PageSize, (end - 1) / PageSize);
        var missing = 0L;
        for (var index = first; index <= last; index++)
        {
            missing += Math.Max(0, WantedLength(index, end, isExact) - Page(index).Length);
        }

        if (!quota.TryTakeBytes(missing)) return false;
        AllocatedBytes += missing;
        for (var index = first; index <= last; index++)
        {
            var (page, wanted) = (Page(index), WantedLength(index, end, isExact));
            if (wanted <= page.Length) continue;
            Array.Resize(ref page, wanted);
            SetPage(index, page);
        }

        return true;
    }

    private void Shrink(long index, int length)
    {
        var page = Page(index);
        var freed = page.Length - length;
        Array.Resize(ref page, length);
        SetPage(index, page);
        AllocatedBytes -= freed;
        quota.GiveBytes(freed);
    }

    private byte[] Page(long index)
    {
        if (index == 0) return _first;
        if (index == _recentIndex) return _recent;
        if (_others is null || !_others.TryGetValue(index, out var page)) return [];
        (_recentIndex, _recent) = (index, page);
        return page;
    }

    private void SetPage(long index, byte[] page)
    {
        if (index == 0)
        {
            _first = page;
            return;
        }

        _others ??= [];
        if (page.Length > 0) _others[index] = page;
        else _others.Remove(index);
        (_recentIndex, _recent) = (index, page);
    }
}
