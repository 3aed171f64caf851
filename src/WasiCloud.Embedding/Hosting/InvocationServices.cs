using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Descriptors;

namespace WasiCloud.Embedding.Hosting;

/// <summary>What all invocations of a host share.</summary>
internal sealed record InvocationServices(
    WasiCloudOptions Options,
    GuestEnvironment Environment,
    MountTable Mounts,
    TimeProvider TimeProvider,
    ILogger Logger,
    CancellationToken ShutdownToken);
