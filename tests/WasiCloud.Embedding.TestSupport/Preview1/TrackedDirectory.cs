using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Preview1;

internal sealed class TrackedDirectory(VirtualDirectory inner, Ledger ledger) : VirtualDirectory
{
    private readonly TrackedNode _node = new(inner, ledger);

    public VirtualDirectory Inner => inner;

    internal override bool IsSynchronous => !ledger.Suspends && inner.IsSynchronous;

    internal override bool FlushesSynchronously => !ledger.Suspends && inner.FlushesSynchronously;

    public override async ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(GetAttributesAsync), cancellationToken);
        return await inner.GetAttributesAsync(cancellationToken);
    }

    public override async ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(SetAttributesAsync), cancellationToken);
        return await inner.SetAttributesAsync(changes, cancellationToken);
    }

    public override async ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(LookupAsync), cancellationToken);
        var found = await inner.LookupAsync(name, cancellationToken);
        return found.TryGet(out var node) ? TrackedNode.Wrap(node, ledger) : found.Error;
    }

    public override async ValueTask<FsResult<VirtualNode>> TraverseAsync(string name, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(LookupAsync), cancellationToken);
        var found = await inner.TraverseAsync(name, cancellationToken);
        return found.TryGet(out var node) ? TrackedNode.Wrap(node, ledger) : found.Error;
    }

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in inner.EnumerateAsync(cancellationToken))
        {
            await _node.EnterAsync(nameof(EnumerateAsync), cancellationToken);
            yield return entry;
        }
    }

    public override async ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(CreateFileAsync), cancellationToken);
        var created = await inner.CreateFileAsync(name, exclusive, cancellationToken);
        return created.TryGet(out var file) ? new TrackedFile(file, ledger) : created.Error;
    }

    public override async ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(CreateDirectoryAsync), cancellationToken);
        return await inner.CreateDirectoryAsync(name, cancellationToken);
    }

    public override async ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(CreateSymlinkAsync), cancellationToken);
        return await inner.CreateSymlinkAsync(name, target, cancellationToken);
    }

    public override async ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(LinkAsync), cancellationToken);
        return await inner.LinkAsync(TrackedNode.Unwrap(target), name, cancellationToken);
    }

    public override async ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(RemoveFileAsync), cancellationToken);
        return await inner.RemoveFileAsync(name, cancellationToken);
    }

    public override async ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(RemoveDirectoryAsync), cancellationToken);
        return await inner.RemoveDirectoryAsync(name, cancellationToken);
    }

    public override async ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(RenameAsync), cancellationToken);
        return await inner.RenameAsync(name, ((TrackedDirectory)destination).Inner, newName, cancellationToken);
    }

    public override void Release() => _node.Release();

    public override async ValueTask<Errno> FlushAsync(CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(FlushAsync), cancellationToken);
        return await inner.FlushAsync(cancellationToken);
    }

    internal override DirectoryCursor? OpenCursor() => inner.OpenCursor();
}
