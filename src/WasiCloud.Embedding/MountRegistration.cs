using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding;

/// <summary>A mount in the guests' tree. Equal to another that has the same path and access, and is made by the same function.</summary>
/// <param name="GuestPath">Where: an absolute path without <c>.</c>, <c>..</c> and empty components, such as <c>/beta/mine</c>; <c>/</c> is allowed.</param>
/// <param name="Access">What guests may do below the path; <see cref="FileAccess.Read"/> makes every mutation <see cref="Errno.RoFs"/>.</param>
/// <param name="Create">Makes the mount, once for the life of the container.</param>
public sealed record MountRegistration(string GuestPath, FileAccess Access, Func<IServiceProvider, IVirtualMount> Create)
{
    /// <inheritdoc/>
    public bool Equals(MountRegistration? other) =>
        other is not null && GuestPath == other.GuestPath && Access == other.Access && FunctionEquality.AreSame(Create, other.Create);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(GuestPath, Access);
}
