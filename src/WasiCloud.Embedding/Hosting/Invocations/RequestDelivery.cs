using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Cgi;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Http.Files;
using WasiCloud.Embedding.Http.Sockets;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>Gives a guest its request where it does not look for it in files.</summary>
internal static class RequestDelivery
{
    /// <summary>Makes a port where the guest finds one request, and then the end.</summary>
    public static HttpPort OpenPortFor(InvocationExchange exchange)
    {
        var port = new HttpPort();
        port.Deliver(new HttpTurn(new DeliveredRequest(exchange), isLast: true));
        port.Stop();
        return port;
    }

    /// <summary>Makes the descriptor of a listener.</summary>
    public static Descriptor ListenAt(HttpPort port, bool isNonBlocking) =>
        SocketDescriptors.Listening(new HttpListenerHandle(port), isNonBlocking ? DescriptorFlags.NonBlocking : DescriptorFlags.None);

    /// <summary>Tells the guest that there is a listener (sd_listen_fds(3)).</summary>
    public static IReadOnlyDictionary<string, string> WithListener(IReadOnlyDictionary<string, string> environment) =>
        new Dictionary<string, string>(environment, StringComparer.Ordinal) { ["LISTEN_FDS"] = "1" };

    /// <summary>Makes standard input and output of a CGI program.</summary>
    public static (VirtualFile Input, VirtualFile Output) OpenStreams(InvocationExchange exchange)
    {
        exchange.Response.Begin(ResponseForm.Cgi);
        VirtualFile input = exchange.RequestBody.Claim().TryGet(out var body) ? new DescriptorFile(new PipeReaderHandle(body)) : new EmptyFile();
        return (input, new DescriptorFile(new ResponseTextHandle(exchange.Response)));
    }

    /// <summary>Tells a CGI program its request. The application's own variables win.</summary>
    public static IReadOnlyDictionary<string, string> WithVariables(IReadOnlyDictionary<string, string> environment, InvocationRequest request)
    {
        var variables = CgiVariables.Of(request);
        foreach (var (name, value) in environment) variables[name] = value;
        return variables;
    }
}
