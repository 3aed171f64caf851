using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Entries of a directory by position, with positions of the source's own making; 0 is the start.</summary>
internal interface IEntrySource : IAsyncDisposable
{
    /// <summary>Whether <see cref="ReadAsync"/> never waits.</summary>
    bool IsSynchronous { get; }

    /// <summary>As <see cref="DirectoryCursor.TryApproach"/>.</summary>
    bool TryApproach(ulong position, int most);

    /// <summary>Reads the entry behind a position.</summary>
    ValueTask<(Errno Error, DirectoryEntry Entry, ulong Next)> ReadAsync(ulong position, CancellationToken cancellationToken);

    /// <summary>Tells that positions before this one will hardly be read again.</summary>
    void Trim(ulong position);
}
