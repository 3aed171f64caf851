using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Http.Sockets;

/// <summary>A listener, on which a daemon's guest finds its requests, and another guest the one that it is invoked with, and then the end.</summary>
internal sealed class SocketDelivery : IRequestDelivery
{
    public GuestStart Deliver(InvocationRequest request, InvocationExchange exchange, InvocationContext context, GuestModule module)
    {
        var port = context.GetFeature<HttpPort>() ?? OpenPortFor(exchange);
        var flags = request.NonBlockingListener ?? module.IsGo ? DescriptorFlags.NonBlocking : DescriptorFlags.None;
        return new GuestStart(request.Arguments, WithListener(request.Environment))
        {
            Descriptor = SocketDescriptors.Listening(new HttpListenerHandle(port), flags),
            Port = port,
        };
    }

    private static HttpPort OpenPortFor(InvocationExchange exchange)
    {
        var port = new HttpPort();
        port.Deliver(new HttpTurn(new DeliveredRequest(exchange), isLast: true));
        port.Stop();
        return port;
    }

    // As sd_listen_fds(3) says.
    private static Dictionary<string, string> WithListener(IReadOnlyDictionary<string, string> environment) =>
        new(environment, StringComparer.Ordinal) { ["LISTEN_FDS"] = "1" };
}
