using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Authority;

/// <summary>One line of a policy: a path, and what may be done with it and with everything below it that no longer line speaks of.</summary>
/// <param name="Path">An absolute path of the guest's tree, such as <c>/beta/kv/local/todo</c>, without <c>.</c>, <c>..</c> and empty components.</param>
/// <param name="Access">What may be done.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GuestPolicyLine(string Path, GuestAccess Access)
{
    /// <summary>
    /// Whether it is of the part that belongs to the invocation's tenant. An invocation without a tenant is denied all of it (<c>EACCES</c>).
    /// </summary>
    public bool IsTenant { get; init; }

    /// <summary>
    /// Whether it is granted only if what is mounted there is the invocation's own, as <c>/tmp</c> and <c>/request</c> usually are: an intersection says so
    /// where one policy has a line for such a path and the other has none.
    /// </summary>
    public bool IsOwn { get; init; }

    /// <summary>The line as it stands in the text of a policy.</summary>
    /// <returns>For example <c>/beta/kv/local/todo rwc tenant</c>.</returns>
    public override string ToString() => PolicyText.Of(this);

    internal PathGrant Grant => new PathGrant(Access, IsTenant, IsOwn).Normalized;
}
