using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Preview1;

internal sealed class TrackedFile(VirtualFile inner, Ledger ledger) : VirtualFile
{
    private readonly TrackedNode _node = new(inner, ledger);

    public VirtualFile Inner => inner;

    public override FileType Type => inner.Type;

    internal override bool IsSynchronous => !ledger.Suspends && inner.IsSynchronous;

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

    public override async ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(OpenAsync), cancellationToken);
        var opened = await inner.OpenAsync(options, cancellationToken);
        return opened.TryGet(out var handle) ? new TrackedHandle(handle, ledger) : opened.Error;
    }

    public override void Release() => _node.Release();
}

internal sealed class TrackedSymlink(VirtualSymlink inner, Ledger ledger) : VirtualSymlink
{
    private readonly TrackedNode _node = new(inner, ledger);

    public VirtualSymlink Inner => inner;

    internal override bool IsSynchronous => !ledger.Suspends && inner.IsSynchronous;

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

    public override async ValueTask<FsResult<string>> ReadTargetAsync(CancellationToken cancellationToken)
    {
        await _node.EnterAsync(nameof(ReadTargetAsync), cancellationToken);
        return await inner.ReadTargetAsync(cancellationToken);
    }

    public override void Release() => _node.Release();
}
