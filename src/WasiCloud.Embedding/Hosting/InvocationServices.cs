using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Engine;

namespace WasiCloud.Embedding.Hosting;

/// <summary>What all invocations of a host share.</summary>
internal sealed record InvocationServices(
    WasiCloudOptions Options,
    GuestEnvironment Environment,
    MountTable Mounts,
    TimeProvider TimeProvider,
    ILogger Logger,
    WasmEngine Engine,
    GuestThreads Threads,
    CancellationToken ShutdownToken);
