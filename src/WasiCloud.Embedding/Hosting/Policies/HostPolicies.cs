using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Policies;

/// <summary>Which policy a guest has: what the host's, its module's and its request's have in common. Each is compiled once. Thread-safe.</summary>
/// <param name="mounts">The mounts of the host.</param>
/// <param name="ofHost">The host's own policy, if it has one.</param>
/// <param name="isRequired">Whether each guest must have one.</param>
/// <param name="logger">Is told what seems to be wrong.</param>
/// <param name="stopping">Cancelled when the host is disposed.</param>
internal sealed class HostPolicies(MountTable mounts, GuestPolicy? ofHost, bool isRequired, ILogger logger, CancellationToken stopping)
{
    // Policies that are made for each request name anything.
    private const int MostWarnings = 1_000;

    private readonly ConditionalWeakTable<GuestPolicy, BoundPolicy> _bound = [];

    // Of which the log has told that there is no such thing.
    private readonly ConcurrentDictionary<string, bool> _warned = new(StringComparer.Ordinal);

    // Of which it was told that a guest of theirs had no tenant.
    private readonly ConditionalWeakTable<GuestModule, string> _withoutTenant = [];

    // Of which it was told that they have no policy.
    private readonly ConditionalWeakTable<GuestModule, string> _unbound = [];

    /// <summary>What a module may do by the host's policy and its own; <see langword="null"/> if there is neither.</summary>
    public GuestPolicy? OfModule(GuestModuleOptions options) => Intersect(ofHost, options.Policy);

    /// <summary>A module is loaded that has a policy: what is wrong with it is told now, and not when somebody uses it.</summary>
    /// <exception cref="ArgumentException">A line says <c>tenant</c> where a mount has no parts for tenants.</exception>
    public void Prepare(GuestPolicy policy) => _bound.GetValue(policy, Bind);

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
        var bound = new BoundPolicy(policy, mounts);
        foreach (var line in policy.Lines)
        {
            if (PathSuggestion.ProblemOf(line.Path, mounts) is { } problem) Warn(line.Path, problem);
            else if (line.Access != GuestAccess.None) _ = CheckNameAsync(line.Path);
        }

        return bound;
    }

    private void Warn(string path, string problem)
    {
        if (_warned.Count < MostWarnings && _warned.TryAdd(path, value: true)) Log.PolicyNamesNothing(logger, SafeText.Of(path), problem);
    }

    // A source of secrets may have to ask a server, for which no guest waits.
    private async Task CheckNameAsync(string path)
    {
        if (_warned.ContainsKey(path)) return;
        try
        {
            if (await PathSuggestion.ProblemOfNameAsync(path, mounts, stopping).ConfigureAwait(false) is { } problem) Warn(path, problem);
        }
        catch (Exception exception)
        {
            if (!stopping.IsCancellationRequested) Warn(path, $"it is not known whether there is such a thing: {SafeText.OfMessage(exception.Message)}");
        }
    }

    private static GuestPolicy? Intersect(GuestPolicy? first, GuestPolicy? second) =>
        first is null ? second : second is null ? first : first.Intersect(second);
}
