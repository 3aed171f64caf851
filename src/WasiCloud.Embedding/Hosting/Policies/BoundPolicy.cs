using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;

namespace WasiCloud.Embedding.Hosting.Policies;

/// <summary>A policy made ready for the mounts of one host. Thread-safe.</summary>
internal sealed class BoundPolicy
{
    private readonly GuestPolicy _policy;
    private readonly MountTable _mounts;
    private PathAuthority? _ofTenants;
    private PathAuthority? _ofOthers;

    /// <summary>Compiles a policy.</summary>
    /// <exception cref="ArgumentException">A line says <c>tenant</c> where a mount has no parts for tenants.</exception>
    public BoundPolicy(GuestPolicy policy, MountTable mounts)
    {
        (_policy, _mounts) = (policy, mounts);
        _ofOthers = AuthorityCompiler.Compile(policy, mounts, hasTenant: false);
    }

    /// <summary>Its limits.</summary>
    public GuestLimits Limits => _policy.Limits;

    /// <summary>Whether something of it is a tenant's.</summary>
    public bool HasTenantLines => _policy.Lines.Any(line => line.IsTenant);

    /// <summary>What a guest may do.</summary>
    /// <param name="hasTenant">Whether it works for a tenant.</param>
    public PathAuthority AuthorityOf(bool hasTenant) => hasTenant
        ? _ofTenants ??= AuthorityCompiler.Compile(_policy, _mounts, hasTenant: true)
        : _ofOthers ??= AuthorityCompiler.Compile(_policy, _mounts, hasTenant: false);
}
