using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Authority;

/// <summary>What a line says of its path.</summary>
/// <param name="Access">What may be done.</param>
/// <param name="IsTenant">Whether with the tenant's part of it.</param>
/// <param name="IsOwn">Whether only if it is the invocation's own.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PathGrant(GuestAccess Access, bool IsTenant, bool IsOwn)
{
    /// <summary>Nothing.</summary>
    public static PathGrant None => default;

    /// <summary>All of what is the invocation's own.</summary>
    public static PathGrant Own => new(GuestAccess.All, IsTenant: false, IsOwn: true);

    /// <summary>The same, said in one way: of what is not granted nothing else can be said.</summary>
    public PathGrant Normalized => Access == GuestAccess.None ? None : this;

    /// <summary>What two grants have in common.</summary>
    public PathGrant Intersect(PathGrant other) =>
        new PathGrant(Access & other.Access, IsTenant || other.IsTenant, IsOwn || other.IsOwn).Normalized;

    /// <summary>What either of two grants gives.</summary>
    /// <returns>It; <see langword="null"/> if one speaks of the tenant's part and the other of the whole, which no grant can give both.</returns>
    public PathGrant? Unite(PathGrant other)
    {
        if (Access == GuestAccess.None) return other;
        if (other.Access == GuestAccess.None) return this;
        if (IsTenant != other.IsTenant) return null;

        // Of what is said of all that may be mounted there, and not only of the invocation's own, nothing is taken away and nothing added.
        if (IsOwn != other.IsOwn) return IsOwn ? other : this;
        return this with { Access = Access | other.Access };
    }
}
