using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>What is done for a commit that finds the disk full. Used by the writer thread alone.</summary>
/// <remarks>
/// A commit that takes no more than it gives back gets what the reserve holds. From then on, until the reserve is whole again, the database does not grow:
/// others may use what has become free in it, but not what the next deletion needs for the log.
/// </remarks>
internal sealed class FullDisk(Connection connection, CommitWriter writer, DiskReserve reserve)
{
    /// <summary>How often a commit is tried: as it is; with what can be had at no cost; and, if it frees room, without half of the history of changes, and
    /// without all of it.</summary>
    public const int MaxAttempts = 4;

    /// <summary>So many of these forget nothing.</summary>
    public const int KeepingHistory = 2;

    // What frees room may need new pages before it leaves old ones free: so many, a quarter of the usual reserve.
    private const long PagesToFree = 256;

    // What the database could grow to, and where it stands, if it may not.
    private (long Limit, long Pages)? _stopped;

    /// <summary>Makes room for another attempt.</summary>
    /// <param name="batch">The commit.</param>
    /// <param name="attempt">How many have failed.</param>
    /// <returns>Whether there may be enough room now.</returns>
    public bool TryMakeRoom(KeyValueBatch batch, int attempt)
    {
        try
        {
            var frees = !writer.Grows(batch);
            if (attempt > 1) return frees && attempt < MaxAttempts;
            if (frees && reserve.IsHeld) reserve.Release();

            // What is in the log moves to the database, and the log begins anew.
            connection.Execute("PRAGMA wal_checkpoint(PASSIVE)");
            if (!reserve.IsHeld) StopGrowth(frees);
            return true;
        }
        catch (SqliteKeyValueException)
        {
            // The failure of the commit says it.
            return false;
        }
    }

    /// <summary>A commit succeeded: looks from time to time whether there is room again.</summary>
    public void Recover()
    {
        if (_stopped is not { } stopped)
        {
            reserve.TryHold();
            return;
        }

        var isOver = reserve.TryHold();
        SetLimit(isOver ? stopped.Limit : stopped.Pages);
        if (isOver) _stopped = null;
    }

    private void StopGrowth(bool frees)
    {
        var stopped = _stopped ??= (connection.QueryNumber("PRAGMA max_page_count"), connection.QueryNumber("PRAGMA page_count"));
        SetLimit(frees ? Math.Min(stopped.Pages + PagesToFree, stopped.Limit) : stopped.Pages);
    }

    private void SetLimit(long pages) => connection.Execute(FormattableString.Invariant($"PRAGMA max_page_count={pages}"));
}
