namespace WasiCloud.Embedding;

/// <summary>The limits of a connection that a guest lives for. Read when the connection is served.</summary>
public sealed class GuestConnectionOptions
{
    /// <summary>
    /// The longest message of a WebSocket, in bytes and either direction: a longer one closes it with 1009, and a longer write is <c>EMSGSIZE</c>. Default 1
    /// MiB; 1 to 1 GiB.
    /// </summary>
    public int MaxMessageBytes { get; set; } = 1 << 20;

    /// <summary>Which messages of a WebSocket the guest wants; another one closes it with 1003. Default both.</summary>
    public GuestMessageTypes MessageTypes { get; set; } = GuestMessageTypes.Text | GuestMessageTypes.Binary;

    /// <summary>
    /// How long a client may take to accept what the guest writes, until the connection is broken. Default 30 s; more than 0 and at most 24 days.
    /// </summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the connection may last, until the guest is asked to end. Default <see langword="null"/>: for ever. More than 0 and at most 24 days.
    /// </summary>
    public TimeSpan? Lifetime { get; set; }

    /// <summary>
    /// How long the guest may go on when it was asked to end, or when the client of a stream has ended its side and may wait for an answer. Default 10 s; 0 to
    /// 1 day.
    /// </summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the guest may go on when the client has left: it has closed the WebSocket, or the connection broke. It serves nobody any more, and while others
    /// wait for room it is ended at once. Default 1 s; 0 to 1 day.
    /// </summary>
    public TimeSpan LeaveTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a client may take to answer the closing of a WebSocket (RFC 6455 section 7.1.1). Default 5 s; 0 to 1 day.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the guest may compute for one message of a WebSocket, instead of <see cref="WasiCloudOptions.MaxCpuTime"/>, which says how it is counted;
    /// the <see cref="InvocationRequest.MaxCpuTime"/> of a connection's own request goes before it. Default <see langword="null"/>: the host's, or if that is
    /// infinite <see cref="WasiCloudOptions.ExecutionTimeout"/>, which limits nothing else of a connection. More than 0 and at most 24 days, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan? MaxCpuTime { get; set; }

    /// <summary>Checks that every limit is in its range.</summary>
    /// <param name="parameterName">The parameter of the caller's that they come from, for the exception.</param>
    /// <exception cref="ArgumentException">One is not; the message says which, and what it may be.</exception>
    public void Validate(string? parameterName = null) => GuestConnectionOptionsValidator.Instance.ThrowIfInvalid(this, parameterName);
}

/// <summary>The types of a WebSocket's messages (RFC 6455 section 5.6).</summary>
[Flags]
public enum GuestMessageTypes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>UTF-8 text.</summary>
    Text = 1,

    /// <summary>Bytes.</summary>
    Binary = 2,
}
