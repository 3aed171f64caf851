using Microsoft.AspNetCore.Http;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Which HTTP status tells the client that a guest failed (RFC 9110 section 15.6, RFC 6585 section 4).</summary>
internal static class GuestFailure
{
    /// <summary>Whether there was no room. Of those there are many when there is too much to do, so they are logged without a stack.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is GuestLimitException or RepositoryException
        && ToStatus(exception) is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests;

    public static int ToStatus(Exception exception) => exception switch
    {
        GuestResponseException => StatusCodes.Status502BadGateway,
        GuestLimitException { Limit: GuestLimit.Time or GuestLimit.CpuTime } => StatusCodes.Status504GatewayTimeout,
        RepositoryException => StatusCodes.Status503ServiceUnavailable,
        GuestUnavailableException or GuestLimitException
        {
            Limit: GuestLimit.Concurrency or GuestLimit.Computing or GuestLimit.Queue or GuestLimit.Requests or GuestLimit.TenantConcurrency
                or GuestLimit.DaemonTenants,
        } => StatusCodes.Status503ServiceUnavailable,

        // What the tenant itself did too often, or for too long.
        GuestLimitException { Limit: GuestLimit.TenantCalls or GuestLimit.TenantCpuTime } => StatusCodes.Status429TooManyRequests,

        // The client is still there, so it is the host that is shutting down.
        OperationCanceledException => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
