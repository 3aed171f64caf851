namespace WasiCloud.Embedding.Sqlite;

/// <summary>
/// A file beside the database that holds room on the disk, given up when there is no other, so that what frees room can be committed: that takes room first, in
/// the log. Used by the writer thread alone; processes that share a database share the file.
/// </summary>
/// <param name="databasePath">The database.</param>
/// <param name="bytes">How much it holds; 0 for nothing.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class DiskReserve(string databasePath, long bytes, TimeProvider timeProvider)
{
    // A disk that was full is not asked at every commit whether it still is.
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly string _path = databasePath + "-reserve";
    private long? _tried;

    /// <summary>Whether the room is held, as far as this process knows.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>Takes the room, if there is some. Does nothing if that failed just before.</summary>
    /// <returns>Whether it is held.</returns>
    public bool TryHold()
    {
        if (IsHeld) return true;
        if (_tried is { } tried && timeProvider.GetElapsedTime(tried) < RetryInterval) return false;
        _tried = timeProvider.GetTimestamp();
        return IsHeld = bytes == 0 || IsThere() || TryCreate();
    }

    /// <summary>Gives the room back to the disk.</summary>
    public void Release()
    {
        IsHeld = false;
        _tried = timeProvider.GetTimestamp();
        try
        {
            File.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then there is no room, which the next commit says.
        }
    }

    private bool IsThere()
    {
        var file = new FileInfo(_path);
        return file.Exists && file.Length >= bytes;
    }

    private bool TryCreate()
    {
        try
        {
            using var file = new FileStream(_path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, PreallocationSize = bytes });
            file.SetLength(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            // Nothing can be held here, so nothing is to be waited for.
            return true;
        }
    }
}
