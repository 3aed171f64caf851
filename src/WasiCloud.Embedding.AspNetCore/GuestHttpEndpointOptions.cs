namespace WasiCloud.Embedding.AspNetCore;

/// <summary>
/// What an endpoint does with HTTP, whether a guest of its own answers a request or a daemon. Read when the endpoint is mapped; changes after that have no
/// effect.
/// </summary>
public class GuestHttpEndpointOptions
{
    internal GuestHttpEndpointOptions()
    {
    }

    /// <summary>
    /// Fields of a response that are the application's: the guest's are dropped, in any case of letters. Default <c>Server</c>,
    /// <c>Strict-Transport-Security</c> and <c>Alt-Svc</c>, which speak for the whole origin and not for one resource.
    /// </summary>
    public ISet<string> ReservedResponseFields { get; } =
        new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "Server", "Strict-Transport-Security", "Alt-Svc" };
}
