using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>What WebSockets and streams have in common when they get their guests. Read when the endpoint is made; changes after that have no effect.</summary>
public abstract class GuestConnectionEndpointOptions
{
    private protected GuestConnectionEndpointOptions()
    {
    }

    /// <summary>The limits of each connection.</summary>
    public GuestConnectionOptions Limits { get; } = new();

    /// <summary>
    /// Connections that this endpoint has at one time; one more is refused. Default 1,000; 1 or more. Each holds one of
    /// <see cref="WasiCloudOptions.MaxConcurrentInvocations"/>.
    /// </summary>
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>The guest's arguments after its own name (<c>argv[1]</c> and on). Default none.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>Environment variables, which override those of <see cref="WasiCloudOptions.Environment"/>. Default none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// What the endpoint's guests may do, as far as the policies of host and module let them; what <c>Configure</c> sets as
    /// <see cref="InvocationRequest.Policy"/> can only take from it. Default <see langword="null"/>: what those say.
    /// </summary>
    public GuestPolicy? Policy { get; set; }

    /// <summary>What all connections of the endpoint have in common.</summary>
    internal InvocationRequest ToRequest(CancellationToken stopping) => new()
    {
        Arguments = [.. Arguments],
        Environment = new Dictionary<string, string>(Environment, StringComparer.Ordinal),
        Stopping = stopping,
        Policy = Policy,
    };
}
