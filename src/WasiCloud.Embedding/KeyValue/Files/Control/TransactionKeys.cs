namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>
/// How many keys and directories one transaction has read and written together: so many operations its commit has. What remembering them takes counts as open
/// bytes. Not thread-safe.
/// </summary>
internal sealed class TransactionKeys(int limit, OpenBytes openBytes)
{
    // What a key costs besides its characters, however empty the value: the entry, the write, and its places in a table and a tree, about 300 B.
    private const int KeyBytes = 384;

    private int _count;
    private long _bytes;

    public bool HasRoomFor(int count) => count <= limit - _count;

    /// <summary>Counts a key or directory.</summary>
    /// <returns>Whether the guest may hold so much.</returns>
    public bool TryAdd(string key)
    {
        var bytes = SizeOf(key);
        if (!openBytes.TryReserve(bytes)) return false;
        _bytes += bytes;
        _count++;
        return true;
    }

    /// <summary>What it takes to remember a key, in bytes of this process.</summary>
    public static long SizeOf(string key) => KeyBytes + ((long)key.Length * sizeof(char));

    /// <summary>Counts keys whose bytes were reserved.</summary>
    public void AddReserved(int count) => _count += count;

    /// <summary>Gives back everything.</summary>
    public void Release()
    {
        openBytes.Release(_bytes);
        _bytes = 0;
    }
}
