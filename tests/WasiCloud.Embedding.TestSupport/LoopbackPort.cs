using System.Net;
using System.Net.Sockets;

namespace WasiCloud.Embedding;

/// <summary>Ports for servers that tests start.</summary>
internal static class LoopbackPort
{
    /// <summary>Finds a port that nobody listens on. Somebody may take it before the server does; then the server says so and another is tried.</summary>
    /// <returns>The port.</returns>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
