using Microsoft.Extensions.Logging;
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
}
