using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Http.Sockets;

/// <summary>One request on a connection, and its response.</summary>
/// <param name="delivered">The request; nothing may have claimed its body.</param>
/// <param name="isLast">Whether the connection ends with it.</param>
internal sealed class HttpTurn(DeliveredRequest delivered, bool isLast)
{
    public DeliveredRequest Delivered { get; } = delivered;

    public bool IsLast { get; } = isLast;

    public HttpRequestBytes Request { get; } = new(delivered.Exchange, isLast);

    public HttpResponseHandle Response { get; } = new(delivered.Exchange.Response);

    /// <summary>Whether the guest has seen nothing of it, so that it can be given to it again.</summary>
    public bool IsUntouched => !Request.IsBegun && !Response.IsBegun;

    /// <summary>Whether nobody waits for the response any more.</summary>
    public bool IsAbandoned => Delivered.IsAbandoned || Delivered.Exchange.Response.Sink.IsBroken;
}
