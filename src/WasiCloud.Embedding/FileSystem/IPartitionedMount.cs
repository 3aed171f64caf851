namespace WasiCloud.Embedding.FileSystem;

/// <summary>A mount of which each tenant has a part of its own, so that a policy can have lines that say <c>tenant</c> for it (docs/authority.md).</summary>
/// <remarks>No guest that is given one part may reach another, or the whole: neither by names, nor by links, nor by what it creates.</remarks>
public interface IPartitionedMount : IVirtualMount
{
    /// <summary>
    /// Gives the root directory of the part that belongs to the tenant of one invocation, as <see cref="IVirtualMount.AttachAsync"/> gives that of the whole.
    /// A part that is not there yet is made.
    /// </summary>
    /// <param name="context">The invocation; its <see cref="InvocationContext.Tenant"/> is not <see langword="null"/>.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The root. An exception becomes <see cref="Errno.IO"/> for the guest and one log entry.</returns>
    ValueTask<VirtualDirectory> AttachPartAsync(InvocationContext context, CancellationToken cancellationToken);
}
