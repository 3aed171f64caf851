using WasiCloud.Embedding.Messages;

namespace WasiCloud.Embedding.Mounts.Sockets;

/// <summary>One request on a connection, and its response.</summary>
/// <param name="exchange">The request; nothing may have claimed its body.</param>
/// <param name="isLast">Whether the connection ends with it.</param>
internal sealed class HttpTurn(InvocationExchange exchange, bool isLast)
{
    public InvocationExchange Exchange { get; } = exchange;

    public bool IsLast { get; } = isLast;

    public HttpRequestBytes Request { get; } = new(exchange, isLast);

    public HttpResponseHandle Response { get; } = new(exchange.Response);

    /// <summary>Whether the guest has seen nothing of it, so that it can be given to it again.</summary>
    public bool IsUntouched => !Request.IsBegun && !Response.IsBegun;
}
