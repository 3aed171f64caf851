namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Lets the application complete a request, and checks that what the server goes by stays as it is.</summary>
internal static class ConfiguredRequest
{
    /// <summary>Calls an endpoint's <c>Configure</c>, if there is one.</summary>
    /// <typeparam name="TContext">What the endpoint knows of the request or connection.</typeparam>
    /// <param name="configure">The application's function.</param>
    /// <param name="context">The request or connection.</param>
    /// <param name="request">What the guest gets without it.</param>
    /// <returns>What the guest gets.</returns>
    /// <exception cref="InvalidOperationException">It returned no request, or one that the endpoint cannot deliver.</exception>
    public static InvocationRequest Of<TContext>(
        Func<TContext, InvocationRequest, InvocationRequest>? configure, TContext context, InvocationRequest request)
    {
        if (configure is null) return request;
        var completed = configure(context, request)
            ?? throw new InvalidOperationException("Configure returned null; return the request that it was given, changed by 'with'.");
        Keep(completed.Method == request.Method, nameof(request.Method), "the server sends the response that this method gets");
        Keep(ReferenceEquals(completed.Body, request.Body), nameof(request.Body), "the server waits for this one");
        Keep(completed.ContentLength == request.ContentLength, nameof(request.ContentLength), "the body has this length");
        Keep(completed.Interface == request.Interface, nameof(request.Interface), "it is the route's");
        Keep(completed.Stopping == request.Stopping || !request.Stopping.CanBeCanceled, nameof(request.Stopping), "it is the application's end");
        if (InterfaceOptions.ProblemOf(completed) is { } problem) throw new InvalidOperationException($"Configure returned a request whose {problem}");
        return request.Policy is not { } policy || ReferenceEquals(policy, completed.Policy)
            ? completed
            : completed with { Policy = completed.Policy is { } own ? policy.Intersect(own) : policy };
    }

    /// <summary>The same for a daemon, whose guest has begun already.</summary>
    /// <exception cref="InvalidOperationException">It returned no request, or changed what is the guest's and not the request's.</exception>
    public static InvocationRequest OfDaemon<TContext>(
        Func<TContext, InvocationRequest, InvocationRequest>? configure, TContext context, InvocationRequest request)
    {
        var completed = Of(configure, context, request);
        if (ReferenceEquals(completed, request)) return request;
        var others = completed with
        {
            Scheme = request.Scheme,
            Authority = request.Authority,
            Target = request.Target,
            Headers = request.Headers,
            Tenant = request.Tenant,
        };
        if (others == request) return completed;
        throw new InvalidOperationException(
            "Configure changed more than Scheme, Authority, Target, Headers and Tenant: a daemon serves many requests with one guest, whose arguments, "
            + $"environment, features and limits are those of its {nameof(GuestDaemonOptions)}.");
    }

    private static void Keep(bool isKept, string property, string reason)
    {
        if (isKept) return;
        throw new InvalidOperationException(
            $"Configure changed {property}, which it must not: {reason}. Return the request that it was given, changed by 'with'.");
    }
}
