using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>
/// A step of a path from what a mount shows to all into the tenant's part of it, or back: where a line of the policy says <c>tenant</c> and the line above it
/// does not.
/// </summary>
internal static class PartCrossing
{
    /// <summary>Finds what the path leads to on the other side. Symbolic links on the way there are not followed.</summary>
    /// <param name="view">The invocation's view.</param>
    /// <param name="mount">The mount.</param>
    /// <param name="authority">The place to get to, which has a line of its own.</param>
    /// <param name="inode">The number that is shown of it, if it has none of its own.</param>
    /// <param name="passesThrough">Whether the path leads on to something below it.</param>
    /// <param name="suspension">Whether waiting is allowed.</param>
    public static async ValueTask<(Errno Error, NodeReference Found)> LookupAsync(
        InvocationNamespace view, Mount mount, PathAuthority authority, ulong inode, bool passesThrough, Suspension suspension)
    {
        if (!suspension.IsAllowed) return (Suspension.Required, default);
        if (mount.Source is null) return (Errno.NoEnt, default);
        VirtualNode node = await view.AttachAsync(mount, authority.IsTenant, suspension.CancellationToken).ConfigureAwait(false);
        var isOwned = false;
        var names = PolicyPath.Split(authority.Path!).AsMemory(PolicyPath.Split(mount.Path).Length);
        for (var index = 0; index < names.Length; index++)
        {
            var result = await StepAsync(node, isOwned, names.Span[index], passesThrough || index + 1 < names.Length, suspension).ConfigureAwait(false);
            if (!result.TryGet(out var next)) return (result.Error, default);
            (node, isOwned) = (next, true);
        }

        if (!authority.IsWay || node is VirtualDirectory) return (Errno.Success, new NodeReference(node, mount, inode, isOwned, authority: authority));
        node.Release();
        return (Errno.NoEnt, default);
    }

    private static async ValueTask<FsResult<VirtualNode>> StepAsync(VirtualNode node, bool isOwned, string name, bool passesThrough, Suspension suspension)
    {
        try
        {
            if (node is not VirtualDirectory directory) return Errno.NoEnt;
            return passesThrough
                ? await directory.TraverseAsync(name, suspension.CancellationToken).ConfigureAwait(false)
                : await directory.LookupAsync(name, suspension.CancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (isOwned) node.Release();
        }
    }
}
