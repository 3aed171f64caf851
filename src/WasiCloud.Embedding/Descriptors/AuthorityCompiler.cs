using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Makes of a policy what the walk of paths asks, for the mounts of one host.</summary>
internal static class AuthorityCompiler
{
    /// <summary>Compiles a policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="table">The mounts.</param>
    /// <param name="hasTenant">Whether the guest works for a tenant: otherwise what belongs to one is denied.</param>
    /// <returns>What the guest may do with <c>/</c>, and below it.</returns>
    /// <exception cref="ArgumentException">A line says <c>tenant</c> where the mount has no parts for tenants.</exception>
    public static PathAuthority Compile(GuestPolicy policy, MountTable table, bool hasTenant) =>
        new Compilation(table, hasTenant).Compile(policy.Tree, [], PathGrant.None).Authority;

    private sealed class Compilation(MountTable table, bool hasTenant)
    {
        public Place Compile(PolicyTree tree, string[] names, PathGrant above)
        {
            var grant = tree.Grant ?? above;
            var covering = table.Covering(names);
            var access = grant.IsOwn && covering is not { BelongsToInvocation: true } ? GuestAccess.None : grant.Access;
            var isTenant = grant.IsTenant && access != GuestAccess.None;
            var path = "/" + string.Join('/', names);
            if (isTenant && covering?.Source is not null and not IPartitionedMount)
            {
                throw new ArgumentException(
                    $"The policy's line for '{path}' says 'tenant', and the mount at '{covering.Path}' has no parts for tenants.", nameof(tree));
            }

            var children = new Dictionary<string, PathAuthority>(StringComparer.Ordinal);
            bool? belowIsTenant = null;
            foreach (var (name, childTree) in tree.Children)
            {
                var child = Compile(childTree, [.. names, name], grant);
                if (child.TenantBelow is { } tenant && ReferenceEquals(child.Covering, covering)) belowIsTenant = tenant && belowIsTenant != false;
                if (SaysMore(child.Authority, access, isTenant)) children.Add(name, child.Authority);
            }

            // Where something leads on, a name that a line takes is no way on either, not even as a control name.
            if (access == GuestAccess.None && children.Count > 0)
            {
                foreach (var (name, childTree) in tree.Children)
                {
                    if (childTree.Grant is not null) children.TryAdd(name, PathAuthority.Nothing);
                }
            }

            // A way through a mount leads through the tenant's part if all of it is the tenant's that it leads to.
            if (access == GuestAccess.None) isTenant = belowIsTenant == true;
            var says = access == GuestAccess.None ? belowIsTenant : isTenant;
            if (!isTenant || hasTenant) return new Place(new PathAuthority(path, access, isTenant, children), covering, says);
            var isRefused = access != GuestAccess.None;
            if (isRefused && children.Count == 0) return new Place(PathAuthority.Refused, covering, says);
            return new Place(new PathAuthority(path, GuestAccess.None, isTenant: false, children, isRefused), covering, says);
        }

        // What is below is what is said above it already, or is nothing where nothing is.
        private static bool SaysMore(PathAuthority child, GuestAccess access, bool isTenant) =>
            child.IsDivided || child.IsRefused || child.Access != access || (child.IsTenant != isTenant && access != GuestAccess.None);
    }

    private readonly record struct Place(PathAuthority Authority, Mount? Covering, bool? TenantBelow);
}
