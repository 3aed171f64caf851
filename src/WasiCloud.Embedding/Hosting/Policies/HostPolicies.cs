using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Policies;

/// <summary>Which policy a guest has: what the host's, its module's and its request's have in common. Each is compiled once. Thread-safe.</summary>
internal sealed class HostPolicies(MountTable mounts, GuestPolicy? ofHost, bool isRequired, ILogger logger)
{
    private readonly ConditionalWeakTable<GuestPolicy, BoundPolicy> _bound = [];

    // Of which it was told that a guest of theirs had no tenant.
    private readonly ConditionalWeakTable<GuestModule, string> _withoutTenant = [];

    // Of which it was told that they have no policy.
    private readonly ConditionalWeakTable<GuestModule, string> _unbound = [];

    /// <summary>What a module may do by the host's policy and its own; <see langword="null"/> if there is neither.</summary>
    public GuestPolicy? OfModule(GuestModuleOptions options) => Intersect(ofHost, options.Policy);

    /// <summary>What a guest may do.</summary>
    /// <param name="module">Its module.</param>
    /// <param name="request">What it is started with.</param>
    /// <returns>Its policy; <see langword="null"/> if nothing binds it.</returns>
    /// <exception cref="InvalidOperationException">It has none, and the host requires one.</exception>
    /// <exception cref="ArgumentException">A line says <c>tenant</c> where a mount has no parts for tenants.</exception>
    public BoundPolicy? Of(GuestModule module, InvocationRequest request)
    {
        if (Intersect(module.Policy, request.Policy) is { } policy)
        {
            CheckImports(module, policy);
            if (_bound.TryGetValue(policy, out var known)) return known;
            return _bound.GetValue(policy, Bind);
        }

        if (isRequired)
        {
            throw new InvalidOperationException(
                $"The guest of '{module.Name}' has no policy, and {nameof(WasiCloudOptions)}.{nameof(WasiCloudOptions.RequirePolicy)} is set: give one to the "
                + "module, the endpoint or the request.");
        }

        if (!_unbound.TryGetValue(module, out _) && _unbound.TryAdd(module, module.Name)) Log.RunsWithoutPolicy(logger, module.Name);
        return null;
    }

    /// <summary>
    /// A guest was denied what belongs to tenants, because it had none: the log tells once for each module, since it is the host that forgot it.
    /// </summary>
    public void NoteWithoutTenant(GuestModule module)
    {
        if (!_withoutTenant.TryGetValue(module, out _) && _withoutTenant.TryAdd(module, module.Name)) Log.TenantMissing(logger, module.Name);
    }

    /// <summary>What a guest may do with <c>/</c>, and below it.</summary>
    /// <param name="module">Its module.</param>
    /// <param name="request">What it is started with.</param>
    /// <param name="policy">Its policy.</param>
    public PathAuthority AuthorityOf(GuestModule module, InvocationRequest request, BoundPolicy? policy)
    {
        var authority = policy is null ? PathAuthority.Everything : policy.AuthorityOf(request.Tenant is not null);
        if (request.PolicyObserver is not { } observer) return authority;
        observer.Begin(module.ApplicationImports);
        return new RecordingAuthority(authority, new MountedUse(observer, mounts));
    }

    // What the module's own policy lacks was found when it was loaded.
    private static void CheckImports(GuestModule module, GuestPolicy policy)
    {
        if (ReferenceEquals(module.Policy, policy)) return;
        foreach (var (from, name) in module.ApplicationImports)
        {
            if (policy.AllowsImport(from, name)) continue;
            throw new InvalidOperationException(
                $"The module '{module.Name}' imports {SafeText.Of(from)}.{SafeText.Of(name)}, for which the policy of the request has no 'import' line.");
        }
    }

    private BoundPolicy Bind(GuestPolicy policy)
    {
        foreach (var line in policy.Lines)
        {
            if (PathSuggestion.ProblemOf(line.Path, mounts) is { } problem) Log.PolicyNamesNothing(logger, line.Path, problem);
        }

        return new BoundPolicy(policy, mounts);
    }

    private static GuestPolicy? Intersect(GuestPolicy? first, GuestPolicy? second) =>
        first is null ? second : second is null ? first : first.Intersect(second);
}
