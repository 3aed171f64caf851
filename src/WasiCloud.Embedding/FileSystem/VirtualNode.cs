namespace WasiCloud.Embedding.FileSystem;

/// <summary>A file, directory or symbolic link: the thing itself, not its name.</summary>
/// <remarks>
/// Descriptors hold nodes, so renaming or unlinking an open file leaves the descriptor working.
/// One guest makes one call at a time; nodes shared between invocations must be thread-safe.
/// An exception thrown by any member becomes <see cref="Errno.IO"/> for the guest and one log entry with the path.
/// </remarks>
public abstract class VirtualNode
{
    /// <summary>What the node is.</summary>
    public abstract FileType Type { get; }

    /// <summary>
    /// Whether every asynchronous member completes before it returns, runs nothing but this library's code, and waits for nothing but the local kernel.
    /// A synchronous directory creates synchronous files. The descriptor layer then calls it on the guest's own stack (docs/architecture.md, "two halves").
    /// </summary>
    internal virtual bool IsSynchronous => false;

    /// <summary>Gets what <c>stat</c> shows.</summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The attributes, or <see cref="Errno.NoEnt"/> if the node is gone.</returns>
    public abstract ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken);

    /// <summary>Sets times. The default refuses.</summary>
    /// <param name="changes">What to set.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns><see cref="Errno.RoFs"/> unless overridden.</returns>
    public virtual ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Errno.RoFs);

    /// <summary>
    /// Tells that whoever obtained this node, from <see cref="IVirtualMount.AttachAsync"/>, <see cref="VirtualDirectory.LookupAsync"/> or
    /// <see cref="VirtualDirectory.CreateFileAsync"/>, needs it no more. Called exactly once for each time it was handed out; must not block or throw.
    /// </summary>
    public virtual void Release()
    {
    }
}
