using System.Globalization;
using System.Runtime.InteropServices;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>Where a watch is in the history. Not thread-safe.</summary>
/// <remarks>
/// Each read begins with the last change of the one before, so that a server that lost its latest changes is noticed. Changes are trimmed only from the front,
/// so all are there if that one is; and if it is not, numbers without gaps tell whether the next one is.
/// </remarks>
internal sealed class ChangeCursor(long afterRevision)
{
    private readonly long _after = Math.Max(0, afterRevision);
    private long _revision = Math.Max(0, afterRevision);
    private long _ordinal = long.MaxValue;

    // Whether the revision is known to have no changes after the ordinal.
    private bool _isWhole = true;

    /// <summary>The revision of the latest change that was told, or after which the watch began.</summary>
    public long Revision => _revision;

    /// <summary>Where to read on.</summary>
    public RedisValue From => string.Create(CultureInfo.InvariantCulture, $"{_revision}-{(_ordinal == long.MaxValue ? 0 : _ordinal)}");

    /// <summary>Moves on.</summary>
    /// <param name="read">What was read from <see cref="From"/>, not nothing: then no change is missing if the scope began with <see cref="Revision"/>.</param>
    /// <param name="isEnd">Whether there was no more.</param>
    /// <param name="prefix">Which changes to tell.</param>
    /// <param name="page">What they are added to.</param>
    /// <returns>Whether no change is missing.</returns>
    public bool TryAdvance(StreamEntry[] read, bool isEnd, string prefix, List<KeyValueChange> page)
    {
        var first = ChangeId.Parse(read[0].Id);
        if (first.Revision != _revision && (first != new ChangeId(_revision + 1, 0) || !_isWhole)) return false;
        if (first.Revision == _revision && first.Ordinal > _ordinal && first.Ordinal != _ordinal + 1) return false;
        foreach (var entry in read)
        {
            var id = ChangeId.Parse(entry.Id);
            if (id.Revision <= _after || (id.Revision == _revision && id.Ordinal <= _ordinal)) continue;
            var change = entry.Values[0];
            var key = (string)change.Value!;
            if (!key.StartsWith(prefix, StringComparison.Ordinal)) continue;
            page.Add(new KeyValueChange(key, change.Name == "p" ? KeyValueChangeKind.Put : KeyValueChangeKind.Delete, id.Revision));
        }

        (_revision, _ordinal) = ChangeId.Parse(read[^1].Id);
        _isWhole = isEnd;
        return true;
    }
}

/// <summary>A change's place in the history, which is also its id in the stream.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ChangeId(long Revision, long Ordinal)
{
    public static ChangeId Parse(RedisValue id)
    {
        var text = ((string)id!).AsSpan();
        var dash = text.IndexOf('-');
        return new(
            long.Parse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture),
            long.Parse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
