namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>A file that guests have open, and what is counted for it. Changed by <see cref="HostQuota"/> alone, under its lock.</summary>
/// <param name="key">Which file.</param>
/// <param name="length">How long it is.</param>
internal sealed class ChargedFile(HostFileKey key, long length)
{
    private long _length = length;

    public HostFileKey Key => key;

    /// <summary>What is counted, in bytes. Read without the lock: what ends before it needs no more.</summary>
    public long Length
    {
        get => Volatile.Read(ref _length);
        set => Volatile.Write(ref _length, value);
    }

    /// <summary>How long it was when it was opened, or when the walk that goes on began.</summary>
    public long LengthBefore { get; set; } = length;

    /// <summary>How many handles there are.</summary>
    public int Handles { get; set; }

    /// <summary>The number of the last walk that left its content to this, which is to be added if it is closed before that walk ends.</summary>
    public int LeftOutOf { get; set; }

    /// <summary>Whether its last name has gone: then it counts until it is closed.</summary>
    public bool IsRemoved { get; set; }
}
