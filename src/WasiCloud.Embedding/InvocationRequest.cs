using System.Collections.ObjectModel;
using System.IO.Pipelines;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>
/// What a guest is invoked with. The default is <c>GET /</c> without a body. Whoever passes a request on changes a copy of it:
/// <c>request with { Tenant = "alice" }</c>.
/// </summary>
/// <remarks>
/// Two are equal if all their properties are, and lists, dictionaries, <see cref="Headers"/>, <see cref="Body"/>, streams and features are equal only to
/// themselves: equality tells whether one is an unchanged copy of the other. A copy shares them, so <see cref="Headers"/> that are added to are those of all
/// copies.
/// </remarks>
public sealed record InvocationRequest
{
    /// <summary>The HTTP method (RFC 9110 section 9): a token.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>The URI scheme, <c>http</c> or <c>https</c>.</summary>
    public string Scheme { get; init; } = "http";

    /// <summary>Host and optional port (RFC 9110 section 7.2).</summary>
    public string Authority { get; init; } = "localhost";

    /// <summary>The request target in origin form: absolute path and optional query, percent-encoded as received (RFC 9112 section 3.2.1).</summary>
    public string Target { get; init; } = "/";

    /// <summary>The header fields.</summary>
    public MessageHeaders Headers { get; init; } = [];

    /// <summary>The body, read as the guest reads it; <see langword="null"/> if there is none. The host does not complete it.</summary>
    public PipeReader? Body { get; init; }

    /// <summary>The body's length in bytes if it is known. A CGI program must be told (RFC 3875 section 4.1.2).</summary>
    public long? ContentLength { get; init; }

    /// <summary>How the guest gets this request and gives its response.</summary>
    public GuestInterface Interface { get; init; } = GuestInterface.Files;

    /// <summary>
    /// Whether the listener of <see cref="GuestInterface.Socket"/> is non-blocking when the guest starts. Default <see langword="null"/>: for modules made by
    /// Go, which uses a listener as it finds it and, in one thread, could do nothing else while it waits.
    /// </summary>
    public bool? NonBlockingListener { get; init; }

    /// <summary>
    /// For <see cref="GuestInterface.Cgi"/>, the part of the target's path that leads to the guest (<c>SCRIPT_NAME</c>, RFC 3875 section 4.1.13),
    /// percent-encoded; what follows is <c>PATH_INFO</c>.
    /// </summary>
    public string ScriptName { get; init; } = string.Empty;

    /// <summary>
    /// For <see cref="GuestInterface.Cgi"/>, whether a query without <c>=</c> becomes the guest's arguments, if it has no others: its words between <c>+</c>,
    /// decoded (RFC 3875 section 4.4), unless one begins with <c>-</c>. Default <see langword="false"/>: a client's words are options to many programs
    /// (CVE-2012-1823).
    /// </summary>
    public bool ArgumentsFromQuery { get; init; }

    /// <summary>For <see cref="GuestInterface.Cgi"/>, the client's address (<c>REMOTE_ADDR</c>), if it is known.</summary>
    public string? RemoteAddress { get; init; }

    /// <summary>The guest's arguments after its own name (<c>argv[1]</c> and on).</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The guest's environment variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The guest's standard input; <see langword="null"/> is empty. The host does not complete it.</summary>
    public PipeReader? StandardInput { get; init; }

    /// <summary>Takes what the guest writes to standard output instead of the log. The host does not complete it.</summary>
    public PipeWriter? StandardOutput { get; init; }

    /// <summary>
    /// Takes what the guest writes to standard error instead of the log; its end is still in <see cref="GuestException.StandardError"/>. The host does not
    /// complete it.
    /// </summary>
    public PipeWriter? StandardError { get; init; }

    /// <summary>
    /// How long the guest may run, instead of <see cref="WasiCloudOptions.ExecutionTimeout"/>, which it may exceed; for an instance, how long each of its calls
    /// may. More than 0 and at most 24 days, or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// How long the guest may compute, instead of <see cref="WasiCloudOptions.MaxCpuTime"/>, which it may exceed; for an instance, how long each of its calls
    /// may. More than 0 and at most 24 days, or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan? MaxCpuTime { get; init; }

    /// <summary>
    /// What the guest may burn, instead of <see cref="WasiCloudOptions.MaxFuel"/>, which it may exceed, and which must be set for fuel to be counted at all;
    /// for an instance, what each of its calls may. 0 or more.
    /// </summary>
    public long? Fuel { get; init; }

    /// <summary>
    /// Cancelled when the guest is to end by itself: from then on, files that wait for something new (a connection's messages, calls, requests) are at their
    /// end. WASI has no signals. The guest is not ended by it; default none.
    /// </summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>
    /// Sees every host call of the guest begin and end, and may answer it instead of the host (docs/observing.md); <see langword="null"/>, the default, for
    /// nobody, which costs nothing.
    /// </summary>
    public HostCallObserver? Observer { get; init; }

    /// <summary>Objects that mounts find with <c>InvocationContext.GetFeature</c>.</summary>
    public IReadOnlyList<object> Features { get; init; } = [];

    /// <summary>
    /// What the guest may do, as far as the policies of host, module and endpoint let it. Compiled once for each object: make it once, not for each request.
    /// Default <see langword="null"/>: what those say.
    /// </summary>
    public GuestPolicy? Policy { get; init; }

    /// <summary>Observes which paths the guest uses, to learn a policy of it. Default <see langword="null"/>: nobody, which costs nothing.</summary>
    public GuestPolicyObserver? PolicyObserver { get; init; }

    /// <summary>
    /// For whom the guest works, which mounts find as <see cref="FileSystem.InvocationContext.Tenant"/>: one line of text, 1 to 255 bytes in UTF-8, without
    /// control and bidirectional characters. Default <see langword="null"/>: for nobody in particular.
    /// </summary>
    /// <exception cref="ArgumentException">It is not such a text.</exception>
    public string? Tenant
    {
        get;
        init
        {
            TenantName.Check(value, nameof(value));
            field = value;
        }
    }

    /// <summary>Cancelled when the client that the guest lives for has left.</summary>
    internal CancellationToken ClientLeft { get; init; }

    /// <summary>Shows method and path; not query, fields and what else may be secret.</summary>
    /// <returns>For example <c>GET /path</c>.</returns>
    public override string ToString() => SafeText.Of($"{Method} {Target?.Split('?')[0]}");
}
