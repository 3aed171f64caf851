using Microsoft.AspNetCore.Connections;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>How streams of bytes get their guests. Read when the listener is made; changes after that have no effect.</summary>
public sealed class GuestStreamOptions : GuestConnectionEndpointOptions
{
    /// <summary>
    /// Completes the request of each connection, by its addresses and features: <c>(connection, request) => request with { Tenant = ... }</c>. Default
    /// <see langword="null"/>.
    /// </summary>
    /// <remarks>
    /// Called once for each connection, when its guest has been chosen and before it waits for room; for several connections at one time. It returns the
    /// request that it was given, changed by <c>with</c>, and may change what the guest has and may use: arguments, environment, features, tenant, standard
    /// streams, time, fuel. Not <see cref="InvocationRequest.Interface"/>, <see cref="InvocationRequest.Body"/>,
    /// <see cref="InvocationRequest.ContentLength"/> and <see cref="InvocationRequest.Method"/>, which a stream does not have, nor
    /// <see cref="InvocationRequest.Stopping"/>, which is the application's end. What it throws, an <see cref="InvalidOperationException"/> if it returns
    /// <see langword="null"/> or changes what it must not, and an <see cref="ArgumentException"/> if the request is then none that a guest can be given, go
    /// to the server, which logs them and closes the connection. No guest begins.
    /// </remarks>
    public Func<ConnectionContext, InvocationRequest, InvocationRequest>? Configure { get; set; }
}
