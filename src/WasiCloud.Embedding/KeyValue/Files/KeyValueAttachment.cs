using System.Text;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>What the nodes and handles of one guest share. One guest makes one call at a time, so nothing here is locked.</summary>
internal sealed class KeyValueAttachment(
    IKeyValueBackend backend, KeyValueMountOptions options, TimeProvider timeProvider, OpenBytes openBytes, ScopeState scope)
{
    // Every open file that may commit, so that renaming and unlinking reach it; a guest has few, so a scan is cheaper than an index.
    private readonly List<OpenFile> _openFiles = [];

    public IKeyValueBackend Backend { get; } = backend;

    public KeyValueMountOptions Options { get; } = options;

    public TimeProvider TimeProvider { get; } = timeProvider;

    public OpenBytes OpenBytes { get; } = openBytes;

    /// <summary>What the guests of the scope share.</summary>
    public ScopeState Scope { get; } = scope;

    public FileNumbers Numbers => Scope.Numbers;

    /// <summary>Whether a file is open that will commit what is written to it.</summary>
    public bool HasOpenFiles => _openFiles.Exists(file => file.Key is not null);

    public bool IsSynchronous { get; } = backend is ISynchronousKeyValueBackend;

    public bool IsTooLong(string key) =>
        key.Length > Options.MaxKeyBytes || (key.Length > Options.MaxKeyBytes / 3 && Encoding.UTF8.GetByteCount(key) > Options.MaxKeyBytes);

    /// <summary>
    /// Whether a key, or the path to keys, starts with a name for control files: one that starts with a dot, at the root as the guest sees it.
    /// </summary>
    public bool IsReserved(string key) => key.Length > Options.Prefix.Length && key[Options.Prefix.Length] == '.';

    /// <summary>Accounts for content that an open file holds in the host's memory.</summary>
    /// <returns>Whether the guest may hold so much.</returns>
    public bool TryReserve(long bytes) => OpenBytes.TryReserve(bytes);

    public void Release(long bytes) => OpenBytes.Release(bytes);

    public void Add(OpenFile file) => _openFiles.Add(file);

    public void Remove(OpenFile file) => _openFiles.Remove(file);

    /// <summary>Finds a file that this guest creates under a key and has not committed yet.</summary>
    public OpenFile? FindNew(string key) =>
        _openFiles.Find(file => file.IsNew && string.Equals(file.Key, key, StringComparison.Ordinal));

    /// <summary>The files that this guest creates below a directory and has not committed yet.</summary>
    /// <param name="directoryKey">The directory's key, which ends with <c>/</c>.</param>
    public List<OpenFile> FindNewBelow(string directoryKey) =>
        _openFiles.FindAll(file => file.IsNew && file.Key!.StartsWith(directoryKey, StringComparison.Ordinal));

    /// <summary>The name now belongs to nothing or to another file: what is open under it becomes content without a name.</summary>
    /// <returns>Whether a file that was being created is among it.</returns>
    public bool Unlink(string key)
    {
        var anyNew = false;
        foreach (var file in _openFiles)
        {
            if (!string.Equals(file.Key, key, StringComparison.Ordinal)) continue;
            anyNew |= file.IsNew;
            file.Unlink();
        }

        return anyNew;
    }

    /// <summary>Nothing that is open commits any more.</summary>
    public void UnlinkAll() => _openFiles.ForEach(file => file.Unlink());

    /// <summary>A file that is not committed yet follows the rename of its directory.</summary>
    public void RenameNew(OpenFile file, string newKey)
    {
        Numbers.Renamed(file.Key!, newKey);
        file.RenameNew(newKey);
    }

    /// <summary>Open files follow the rename of their name.</summary>
    /// <param name="oldKey">The old name.</param>
    /// <param name="newKey">The new name.</param>
    /// <param name="oldRevision">The revision that was renamed.</param>
    /// <param name="newRevision">The revision that the rename made.</param>
    public void Rename(string oldKey, string newKey, long oldRevision, long newRevision)
    {
        Unlink(newKey);
        Numbers.Renamed(oldKey, newKey);
        foreach (var file in _openFiles)
        {
            if (!string.Equals(file.Key, oldKey, StringComparison.Ordinal)) continue;
            if (file.IsNew) file.RenameNew(newKey);
            else file.Rename(newKey, oldRevision, newRevision);
        }
    }
}
