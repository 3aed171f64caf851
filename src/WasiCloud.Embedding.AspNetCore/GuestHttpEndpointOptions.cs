using Microsoft.AspNetCore.Http;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>
/// What an endpoint does with HTTP, whether a guest of its own answers a request or a daemon. Read when the endpoint is mapped; changes after that have no
/// effect.
/// </summary>
public abstract class GuestHttpEndpointOptions
{
    private protected GuestHttpEndpointOptions()
    {
    }

    /// <summary>
    /// Completes each request, by its user, route and fields: <c>(http, request) => request with { Tenant = http.User.Identity?.Name }</c>. Default
    /// <see langword="null"/>: the guest gets the request as it came, with what the endpoint's options say.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Called once for each request, when its guest has been chosen and before it waits for room; for several requests at one time. It returns the request
    /// that it was given, changed by <c>with</c>: one that was made anew has lost what it does not repeat. What it may change: everything that the guest is
    /// told (<see cref="InvocationRequest.Target"/>, <see cref="InvocationRequest.Authority"/>, <see cref="InvocationRequest.Scheme"/>,
    /// <see cref="InvocationRequest.Headers"/>, which are this request's own), and what it has and may use (arguments, environment, features, tenant,
    /// standard streams, time, fuel). What it must not change is what the server goes by, too: <see cref="InvocationRequest.Method"/>,
    /// <see cref="InvocationRequest.Body"/>, <see cref="InvocationRequest.ContentLength"/> and <see cref="InvocationRequest.Interface"/>.
    /// </para>
    /// <para>
    /// With a daemon, whose one guest serves many requests, a request has nothing of its own but HTTP: only <see cref="InvocationRequest.Target"/>,
    /// <see cref="InvocationRequest.Authority"/>, <see cref="InvocationRequest.Scheme"/> and <see cref="InvocationRequest.Headers"/> may be changed.
    /// </para>
    /// <para>
    /// What it throws is the endpoint's exception, as of any other endpoint: 500, unless the application answers it. So is an
    /// <see cref="InvalidOperationException"/> if it returns <see langword="null"/> or changes what it must not, and an <see cref="ArgumentException"/> if
    /// the request is then none that a guest can be given (<see cref="IInvocationHost.InvokeAsync"/>). No guest begins, and none has been waited for.
    /// </para>
    /// </remarks>
    public Func<HttpContext, InvocationRequest, InvocationRequest>? Configure { get; set; }

    /// <summary>
    /// Fields of a response that are the application's: the guest's are dropped, in any case of letters. Default <c>Server</c>,
    /// <c>Strict-Transport-Security</c> and <c>Alt-Svc</c>, which speak for the whole origin and not for one resource.
    /// </summary>
    public ISet<string> ReservedResponseFields { get; } =
        new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "Server", "Strict-Transport-Security", "Alt-Svc" };
}
