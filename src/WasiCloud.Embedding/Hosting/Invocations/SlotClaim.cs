using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>For which guest slots are asked for.</summary>
/// <param name="Module">Its module.</param>
/// <param name="Tenant">Its tenant; <see langword="null"/> if it works for nobody in particular.</param>
/// <param name="MaxOfTenant">How many guests of the tenant may run for this one to begin, itself included.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SlotClaim(GuestModule Module, string? Tenant = null, long MaxOfTenant = long.MaxValue)
{
    /// <summary>For a guest without a tenant.</summary>
    public static implicit operator SlotClaim(GuestModule module) => new(module);

    /// <summary>For the guest of a request.</summary>
    /// <param name="module">Its module.</param>
    /// <param name="request">The request.</param>
    /// <param name="limits">What its policy says.</param>
    public static SlotClaim Of(GuestModule module, InvocationRequest request, Authority.GuestLimits? limits) =>
        new(
        module, request.Tenant, request.Tenant is null ? long.MaxValue : limits?.TenantInvocations ?? long.MaxValue);
}
