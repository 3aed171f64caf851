namespace WasiCloud.Embedding.Rpc;

/// <summary>Limits of <c>/beta/rpc</c>. Validated at start-up; not to be changed after that.</summary>
/// <remarks>
/// What guests can make the host hold: each <see cref="MaxOpenCalls"/> times a request and a response, and each service <see cref="MaxQueuedBytes"/>.
/// </remarks>
public sealed class RpcOptions
{
    /// <summary>Bytes of one request. Default 1 MiB; 1 B to 1 GiB.</summary>
    public int MaxRequestBytes { get; set; } = 1 << 20;

    /// <summary>Bytes of one response. Default 1 MiB; 1 B to 1 GiB.</summary>
    public int MaxResponseBytes { get; set; } = 1 << 20;

    /// <summary>
    /// How long a caller waits from the end of its request to the response. Default 30 s; more than 0 and at most 24 days, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Calls of one service that wait for a server, or that its handler or another process has not answered yet; one more is refused. Default 1,024; 1 to
    /// 1,000,000.
    /// </summary>
    public int MaxQueuedCalls { get; set; } = 1024;

    /// <summary>
    /// Bytes of the requests of one service that wait for a server, or that its handler or another process has not answered yet; what would be more is refused.
    /// Default 64 MiB; 1 B to 1 TiB.
    /// </summary>
    public long MaxQueuedBytes { get; set; } = 64L << 20;

    /// <summary>Calls that one guest may have open, made and accepted together; one more is <c>EMFILE</c>. Default 64; 1 to 65,536.</summary>
    public int MaxOpenCalls { get; set; } = 64;
}
