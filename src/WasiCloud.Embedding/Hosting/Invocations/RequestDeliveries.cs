using WasiCloud.Embedding.Http.Cgi;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Http.Files;
using WasiCloud.Embedding.Http.Queue;
using WasiCloud.Embedding.Http.Sockets;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>The one place that knows which interface is delivered how.</summary>
internal static class RequestDeliveries
{
    private static readonly FileDelivery Files = new();
    private static readonly SocketDelivery Socket = new();
    private static readonly CgiDelivery Cgi = new();

    /// <summary>How a guest is given its request.</summary>
    /// <param name="way">One that <see cref="RequestFields.Validate"/> has let through.</param>
    public static IRequestDelivery Of(GuestInterface way) => way switch
    {
        GuestInterface.Files => Files,
        GuestInterface.Socket => Socket,
        GuestInterface.Cgi => Cgi,
        _ => throw new ArgumentOutOfRangeException(nameof(way), way, "There is no such interface."),
    };

    /// <summary>Where the requests of a daemon wait for its guests.</summary>
    /// <param name="way">One that <see cref="Daemons.DaemonOptionsValidator"/> has let through.</param>
    public static IRequestPort OpenPort(GuestInterface way) => way switch
    {
        GuestInterface.Files => new HttpFilePort(),
        GuestInterface.Socket => new HttpPort(),
        _ => throw new ArgumentOutOfRangeException(nameof(way), way, "A guest that gets its requests in this way serves one."),
    };
}
