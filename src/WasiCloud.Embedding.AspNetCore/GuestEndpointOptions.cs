using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>How one endpoint runs its guest. Read when the endpoint is mapped; changes after that have no effect.</summary>
/// <remarks>
/// An option that is for another <see cref="Interface"/>, contradicts another option or is out of its range is an <see cref="ArgumentException"/> when the
/// endpoint is mapped.
/// </remarks>
public sealed class GuestEndpointOptions : GuestHttpEndpointOptions
{
    private const int DefaultSpooledBodyBytes = 1 << 20;

    private int? _maxSpooledBodyBytes;

    /// <summary>How the guest gets the request and gives its response. Default <see cref="GuestInterface.Files"/>.</summary>
    public GuestInterface Interface { get; set; } = GuestInterface.Files;

    /// <summary>For <see cref="GuestInterface.Socket"/>, as <see cref="InvocationRequest.NonBlockingListener"/>.</summary>
    public bool? NonBlockingListener { get; set; }

    /// <summary>
    /// For <see cref="GuestInterface.Cgi"/>, the part of the path that leads to the guest, percent-encoded (<c>SCRIPT_NAME</c>): empty, or with a slash at its
    /// beginning and none at its end. Default <see langword="null"/>: the path base, and the route's pattern up to its first parameter.
    /// </summary>
    public string? ScriptName { get; set; }

    /// <summary>
    /// For <see cref="GuestInterface.Cgi"/>, as <see cref="InvocationRequest.ArgumentsFromQuery"/>; not with <see cref="Arguments"/>, beside which it has no
    /// effect.
    /// </summary>
    public bool ArgumentsFromQuery { get; set; }

    /// <summary>
    /// For <see cref="GuestInterface.Cgi"/>, how long a body of unknown length may be, in bytes, 0 or more: it is read as a whole before the guest begins,
    /// because a CGI program is told the length (RFC 3875 section 4.1.2). A longer one is 413; with 0 every body of unknown length is 411. Default 1 MiB. All
    /// that an endpoint holds at one time is at most 64 times as much, beyond which it answers 503.
    /// </summary>
    public int MaxSpooledBodyBytes
    {
        get => _maxSpooledBodyBytes ?? DefaultSpooledBodyBytes;
        set => _maxSpooledBodyBytes = value;
    }

    /// <summary>The guest's arguments after its own name (<c>argv[1]</c> and on). Default none.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>Environment variables, which override those of <see cref="WasiCloudOptions.Environment"/>. Default none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// What the endpoint's guests may do, as far as the policies of host and module let them; what <see cref="GuestHttpEndpointOptions.Configure"/> sets as
    /// <see cref="InvocationRequest.Policy"/> can only take from it. Default <see langword="null"/>: what those say.
    /// </summary>
    public GuestPolicy? Policy { get; set; }

    /// <summary>
    /// How long one invocation may take, waiting included, or <see langword="null"/>, the default, for <see cref="WasiCloudOptions.ExecutionTimeout"/>. More
    /// than 0 and at most 24 days, or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>; it may be longer than the host's.
    /// </summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Whether <see cref="MaxSpooledBodyBytes"/> was set.</summary>
    internal bool LimitsSpooledBodies => _maxSpooledBodyBytes is not null;

    /// <summary>What all requests of the endpoint have in common.</summary>
    internal InvocationRequest ToRequest() => new()
    {
        Interface = Interface,
        NonBlockingListener = NonBlockingListener,
        ScriptName = ScriptName ?? string.Empty,
        ArgumentsFromQuery = ArgumentsFromQuery,
        Arguments = [.. Arguments],
        Environment = new Dictionary<string, string>(Environment, StringComparer.Ordinal),
        Timeout = Timeout,
        Policy = Policy,
    };
}
