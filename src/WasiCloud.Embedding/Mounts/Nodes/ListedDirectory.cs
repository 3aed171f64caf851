using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Nodes;

/// <summary>A directory whose nodes are a list in memory that only grows, so that a position in it is a cookie that stays valid.</summary>
internal abstract class ListedDirectory(StringComparison comparison, ulong modified) : VirtualDirectory
{
    internal sealed override bool IsSynchronous => true;

    protected abstract int Count { get; }

    public sealed override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes(Accessed: modified, Modified: modified, Changed: modified);

    public sealed override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
        Find(name) is { } node ? (FsResult<VirtualNode>)node : (FsResult<VirtualNode>)Errno.NoEnt;

    public sealed override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        for (var index = 0; index < Count; index++) yield return EntryAt(index);
    }

    internal sealed override DirectoryCursor OpenCursor() => new Cursor(this);

    protected abstract string NameAt(int index);

    protected abstract VirtualNode NodeAt(int index);

    protected VirtualNode? Find(string name)
    {
        for (var index = 0; index < Count; index++)
        {
            if (string.Equals(NameAt(index), name, comparison)) return NodeAt(index);
        }

        return null;
    }

    private DirectoryEntry EntryAt(int index) => new(NameAt(index), NodeAt(index).Type);

    private sealed class Cursor(ListedDirectory directory) : DirectoryCursor
    {
        public override Errno Read(ulong cookie, out DirectoryEntry entry, out ulong next)
        {
            (entry, next) = (default, cookie + 1);
            if (cookie >= (ulong)directory.Count) return Errno.NoEnt;
            entry = directory.EntryAt((int)cookie);
            return Errno.Success;
        }
    }
}
