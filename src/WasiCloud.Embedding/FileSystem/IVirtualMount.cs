namespace WasiCloud.Embedding.FileSystem;

/// <summary>A tree of files that guests see below one path.</summary>
/// <remarks>One mount object serves all invocations and is called from many threads at once. What <see cref="AttachAsync"/> returns serves one.</remarks>
public interface IVirtualMount
{
    /// <summary>
    /// Whether each invocation gets something of its own here that no other can reach, as its request: a policy then needs no line for it at one of the
    /// paths where an invocation's own things are (docs/authority.md). Default: no.
    /// </summary>
    bool BelongsToInvocation => false;

    /// <summary>
    /// Gives the root directory for one invocation, as 9P's <c>attach</c>. Called when the guest first uses the path, and again at its next use only if it
    /// failed.
    /// </summary>
    /// <param name="context">The invocation.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The root. An exception becomes <see cref="Errno.IO"/> for the guest and one log entry.</returns>
    ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken);
}
