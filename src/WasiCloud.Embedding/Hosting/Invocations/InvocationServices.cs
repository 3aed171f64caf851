using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Hosting.Connections;
using WasiCloud.Embedding.Hosting.Policies;
using WasiCloud.Embedding.Hosting.Streams;
using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>What all invocations of a host share.</summary>
internal sealed record InvocationServices(
    WasiCloudOptions Options,
    GuestEnvironment Environment,
    MountTable Mounts,
    ExchangeLimits ExchangeLimits,
    LogLimits LogLimits,
    TimeProvider TimeProvider,
    IRandomSource RandomSource,
    ILogger Logger,
    HostPolicies Policies,
    AuditTrail? Audit,
    CancellationToken ShutdownToken)
{
    /// <summary>The guests that live for connections.</summary>
    public ConnectionGuests ConnectionGuests { get; } = new();

    /// <summary>With whom the guests of tenants share the processor.</summary>
    public TenantShares TenantShares { get; } = new();

    /// <summary>How often tenants begin something.</summary>
    public TenantRates TenantRates { get; } = new(TimeProvider);

    /// <summary>What the guests of tenants use together.</summary>
    public TenantUses TenantUses { get; } = new(TimeProvider);

    /// <summary>For which guest slots are asked for.</summary>
    public SlotClaim ClaimOf(GuestModule module, InvocationRequest request) =>
        request.Tenant is null ? module : SlotClaim.Of(module, request, Policies.Of(module, request)?.Limits);

    /// <summary>What a guest may use of what its tenant's guests may use together.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="limits">Those of its policy, if it has one.</param>
    /// <returns>It, or <see langword="null"/> if nothing of it is limited.</returns>
    public TenantAllowance? AllowanceOf(string? tenant, GuestLimits? limits) =>
        tenant is not null && TenantAllowance.IsNeededFor(limits) ? new TenantAllowance(TenantUses.Of(tenant), limits!) : null;

    /// <summary>Counts what a request begins for its tenant.</summary>
    /// <returns>Why it may not, or <see langword="null"/>.</returns>
    public GuestLimitException? RefuseCall(GuestModule module, InvocationRequest request)
    {
        if (request.Tenant is not { } tenant || Policies.Of(module, request)?.Limits is not { } limits) return null;
        if (limits.TenantCpuTimePerSecond is { } time && AllowanceOf(tenant, limits)!.HasComputedEnough)
            return new GuestLimitException(GuestLimit.TenantCpuTime, (long)time.TotalMilliseconds);
        return TenantRates.Refuse(tenant, limits.TenantCallsPerSecond);
    }
}
