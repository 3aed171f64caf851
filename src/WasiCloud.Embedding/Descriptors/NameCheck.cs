using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Whether a name may be created, removed, or given to something else.</summary>
internal static class NameCheck
{
    /// <summary>Judges the name that a walk ended with.</summary>
    /// <param name="walk">The walk, which has a name.</param>
    /// <param name="needed">What has to be allowed.</param>
    /// <param name="suspension">Whether somebody can be told of a refusal.</param>
    /// <returns>
    /// <see cref="Errno.NoEnt"/> if nothing of this name can exist for the guest; <see cref="Errno.RoFs"/>; <see cref="Errno.Access"/>.
    /// </returns>
    public static Errno Of(PathWalk walk, GuestAccess needed, Suspension suspension)
    {
        var (parent, authority) = (walk.Parent, walk.NameAuthority);
        if (!authority.Exists) return Errno.NoEnt;
        if (parent.Mount.IsReadOnly) return Errno.RoFs;

        // The name is in another part of the mount than its directory.
        if (authority.IsTenant != parent.Authority.IsTenant) return walk.Deny(GuestAccess.None, suspension);
        if (authority.Allows(needed))
        {
            authority.Note(needed);
            return Errno.Success;
        }

        return IsView(walk, authority) ? Errno.Success : walk.Deny(needed & ~authority.Access, suspension);
    }

    /// <summary>Judges a name that something gets which has another one already: it must not be worth more by it.</summary>
    /// <param name="source">What it is under its name.</param>
    /// <param name="walk">The walk to the new name.</param>
    /// <param name="suspension">Whether somebody can be told of a refusal.</param>
    /// <returns>As <see cref="Of"/>; <see cref="Errno.XDev"/> between the parts of a mount.</returns>
    public static Errno OfAnother(PathAuthority source, PathWalk walk, Suspension suspension)
    {
        var error = Of(walk, GuestAccess.Create, suspension);
        if (error != Errno.Success) return error;
        var target = walk.NameAuthority;
        if (source.IsTenant != target.IsTenant) return Errno.XDev;
        var lacking = target.Access & (GuestAccess.Read | GuestAccess.Write) & ~source.Access;
        return lacking == GuestAccess.None ? Errno.Success : walk.Deny(lacking, suspension);
    }

    /// <summary>
    /// Whether what has the name can be moved, or replaced, as a whole: not if something else is said of what is below it, which would then be said of
    /// something else.
    /// </summary>
    public static bool IsWhole(PathWalk walk) => walk.NameAuthority is var authority && (!authority.IsDivided || IsView(walk, authority));

    // A view of its directory, such as a transaction, is nothing that a line speaks of, and gives nothing that its directory does not.
    private static bool IsView(PathWalk walk, PathAuthority authority) => !authority.IsRefused && walk.IsControlName;
}
