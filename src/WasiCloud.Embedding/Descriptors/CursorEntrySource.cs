using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Entries from a mount whose listing has stable cookies.</summary>
internal sealed class CursorEntrySource(DirectoryCursor cursor) : IEntrySource
{
    public bool IsSynchronous => true;

    public bool TryApproach(ulong position, int most) => cursor.TryApproach(position, most);

    public ValueTask<(Errno Error, DirectoryEntry Entry, ulong Next)> ReadAsync(ulong position, CancellationToken cancellationToken)
    {
        var error = cursor.Read(position, out var entry, out var next);
        return new((error, entry, next));
    }

    public void Trim(ulong position)
    {
    }

    public ValueTask DisposeAsync()
    {
        cursor.Dispose();
        return default;
    }
}
