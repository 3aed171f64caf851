namespace WasiCloud.Embedding.AspNetCore;

/// <summary>How one endpoint runs its guest. Read when the endpoint is mapped; changes after that have no effect.</summary>
public sealed class GuestEndpointOptions
{
    /// <summary>How the guest gets the request and gives its response. Default <see cref="GuestInterface.Files"/>.</summary>
    public GuestInterface Interface { get; set; } = GuestInterface.Files;

    /// <summary>As <see cref="InvocationRequest.NonBlockingListener"/>.</summary>
    public bool? NonBlockingListener { get; set; }

    /// <summary>
    /// For <see cref="GuestInterface.Cgi"/>, the part of the path that leads to the guest, percent-encoded (<c>SCRIPT_NAME</c>). Default <see langword="null"/>: the route's pattern up to its first parameter.
    /// </summary>
    public string? ScriptName { get; set; }

    /// <summary>The guest's arguments after its own name (<c>argv[1]</c> and on). Default none.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>Environment variables, which override those of <see cref="WasiCloudOptions.Environment"/>. Default none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How long one invocation may take, waiting included, or <see langword="null"/>, the default, for <see cref="WasiCloudOptions.ExecutionTimeout"/>.</summary>
    public TimeSpan? Timeout { get; set; }
}
