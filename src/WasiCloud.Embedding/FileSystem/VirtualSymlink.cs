namespace WasiCloud.Embedding.FileSystem;

/// <summary>A symbolic link.</summary>
public abstract class VirtualSymlink : VirtualNode
{
    /// <inheritdoc/>
    public sealed override FileType Type => FileType.SymbolicLink;

    /// <summary>Reads what the link says. The host resolves it, contained in the guest's tree.</summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>A non-empty path.</returns>
    public abstract ValueTask<FsResult<string>> ReadTargetAsync(CancellationToken cancellationToken);
}
