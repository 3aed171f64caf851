namespace WasiCloud.Embedding;

/// <summary>
/// The limits of guests. Those that end a guest or keep it out are <see cref="GuestLimitException.Limit"/>; of the others guests learn by an errno, or not at
/// all. Each time that one is hit, the counter <c>wasicloud.guest.limit_hits</c> of the meter <c>WasiCloud.Embedding</c> counts it, with its name in policies
/// as <c>wasicloud.limit</c> (docs/authority.md).
/// </summary>
public enum GuestLimit
{
    /// <summary><see cref="WasiCloudOptions.ExecutionTimeout"/>, in milliseconds.</summary>
    Time,

    /// <summary><see cref="WasiCloudOptions.MaxMemoryBytes"/>.</summary>
    Memory,

    /// <summary><see cref="WasiCloudOptions.MaxResponseBytes"/>.</summary>
    Output,

    /// <summary><see cref="WasiCloudOptions.MaxDescriptors"/>.</summary>
    Descriptors,

    /// <summary>
    /// <see cref="WasiCloudOptions.MaxConcurrentInvocations"/>, or what the module may have of them (<see
    /// cref="WasiCloudOptions.MaxConcurrentInvocationsPerModule"/>).
    /// </summary>
    Concurrency,

    /// <summary><see cref="WasiCloudOptions.MaxFuel"/>.</summary>
    Fuel,

    /// <summary><see cref="WasiCloudOptions.MaxQueuedInvocations"/>.</summary>
    Queue,

    /// <summary><see cref="GuestDaemonOptions.MaxConcurrentRequests"/>.</summary>
    Requests,

    /// <summary><see cref="WasiCloudOptions.MaxCpuTime"/>, in milliseconds.</summary>
    CpuTime,

    /// <summary>
    /// <see cref="WasiCloudOptions.MaxComputingGuests"/>: a client whose guest found no place to begin within <see cref="WasiCloudOptions.QueueTimeout"/>.
    /// </summary>
    Computing,

    /// <summary><see cref="Authority.GuestLimits.TenantInvocations"/>.</summary>
    TenantConcurrency,

    /// <summary><see cref="Authority.GuestLimits.TenantCallsPerSecond"/>.</summary>
    TenantCalls,

    /// <summary><see cref="GuestDaemonOptions.MaxTenants"/>.</summary>
    DaemonTenants,

    /// <summary><see cref="Authority.GuestLimits.TenantCpuTimePerSecond"/>, in milliseconds.</summary>
    TenantCpuTime,

    /// <summary>The stack: a guest that needs more ends by a <see cref="GuestTrapException"/>.</summary>
    Stack,

    /// <summary>Characters of the log. What is beyond is left out, and counted once until the log has told of it.</summary>
    LogBytes,

    /// <summary>Lines of the log, as <see cref="LogBytes"/>.</summary>
    LogLines,

    /// <summary>Bytes of a guest's own <c>/tmp</c>: <c>ENOSPC</c>.</summary>
    TemporaryBytes,

    /// <summary>Files, directories and links of a guest's own <c>/tmp</c>: <c>ENOSPC</c>.</summary>
    TemporaryFiles,

    /// <summary>
    /// Bytes that a mount, or a tenant's part of one, may hold (<see cref="Authority.GuestLimits.TenantStoredBytes"/>): <c>EDQUOT</c> or <c>ENOSPC</c>.
    /// </summary>
    StoredBytes,

    /// <summary>Keys, or files and directories, as <see cref="StoredBytes"/> (<see cref="Authority.GuestLimits.TenantStoredKeys"/>).</summary>
    StoredKeys,

    /// <summary><see cref="Authority.GuestLimits.TenantOpenBytes"/>: <c>ENOMEM</c>.</summary>
    TenantOpenBytes,

    /// <summary><see cref="Authority.GuestLimits.TenantLogBytesPerSecond"/>, as <see cref="LogBytes"/>.</summary>
    TenantLogBytes,
}
