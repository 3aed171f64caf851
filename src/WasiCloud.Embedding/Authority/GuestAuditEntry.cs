using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Authority;

/// <summary>One entry of the audit. It tells names and never contents.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Module">The name of the guest's module; empty if no guest has to do with it.</param>
/// <param name="Tenant">For whom the guest works; <see langword="null"/> if for nobody in particular.</param>
/// <param name="Invocation">The guest, as <see cref="FileSystem.InvocationContext.Id"/>; empty if no guest has to do with it.</param>
/// <param name="Path">
/// The path concerned, 1,024 characters at most: control and bidirectional characters are escaped (<c>\u{1b}</c>), and secrets that the guest has read are
/// hidden.
/// </param>
/// <param name="Time">When, by the host's clock.</param>
/// <param name="Detail">What else there is to say, such as the right that is missing; <see langword="null"/> if nothing.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GuestAuditEntry(
    GuestAuditKind Kind, string Module, string? Tenant, string Invocation, string Path, DateTimeOffset Time, string? Detail = null);
