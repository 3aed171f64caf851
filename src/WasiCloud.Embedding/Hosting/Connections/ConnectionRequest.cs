using WasiCloud.Embedding.Connections;

namespace WasiCloud.Embedding.Hosting.Connections;

/// <summary>What a guest is invoked with that lives for a connection.</summary>
internal static class ConnectionRequest
{
    /// <summary>The request that began the connection, with what is the connection's.</summary>
    /// <param name="request">What the application asks for.</param>
    /// <param name="port">The connection, which a mount finds.</param>
    /// <param name="maxCpuTime">How long the guest may compute for one message.</param>
    /// <param name="stopping">Asks it to end.</param>
    public static InvocationRequest ForConnection(this InvocationRequest request, ConnectionPort port, TimeSpan? maxCpuTime, CancellationToken stopping) =>
        request with
        {
            ContentLength = null,
            Timeout = request.Timeout ?? Timeout.InfiniteTimeSpan,
            MaxCpuTime = maxCpuTime,
            Stopping = stopping,
            ClientLeft = port.Left,
            Features = [.. request.Features, port],
        };
}
