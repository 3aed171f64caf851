using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>What the tracked nodes have in common.</summary>
internal sealed class TrackedNode
{
    private readonly VirtualNode _inner;
    private readonly Ledger _ledger;
    private int _released;

    public TrackedNode(VirtualNode inner, Ledger ledger)
    {
        (_inner, _ledger) = (inner, ledger);
        ledger.NodeGiven();
    }

    public static VirtualNode Wrap(VirtualNode node, Ledger ledger) => node switch
    {
        VirtualDirectory directory => new TrackedDirectory(directory, ledger),
        VirtualSymlink link => new TrackedSymlink(link, ledger),
        VirtualFile file => new TrackedFile(file, ledger),
        _ => throw new NotSupportedException(),
    };

    public static VirtualNode Unwrap(VirtualNode node) => node switch
    {
        TrackedDirectory directory => directory.Inner,
        TrackedSymlink link => link.Inner,
        TrackedFile file => file.Inner,
        _ => node,
    };

    public ValueTask EnterAsync(string member, CancellationToken cancellationToken)
    {
        if (_released != 0) _ledger.Fault($"{member} of a released {_inner.GetType().Name}");
        return _ledger.EnterAsync(member, cancellationToken);
    }

    public void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) != 0) _ledger.Fault($"second release of a {_inner.GetType().Name}");
        _ledger.NodeReleased();
        _inner.Release();
    }
}
