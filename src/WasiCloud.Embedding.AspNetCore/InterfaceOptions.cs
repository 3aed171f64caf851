namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Which options say something to which interface: what would have no effect is a mistake of whoever has set it.</summary>
internal static class InterfaceOptions
{
    /// <summary>Finds what a request says that its interface has no use for.</summary>
    /// <returns>The rest of a sentence that begins with who has said it, or <see langword="null"/>.</returns>
    public static string? ProblemOf(InvocationRequest request)
    {
        if (!Enum.IsDefined(request.Interface)) return $"{nameof(request.Interface)} is {request.Interface}, which is none of its values.";
        if (request.Interface != GuestInterface.Socket && request.NonBlockingListener is not null)
            return Unused(nameof(request.NonBlockingListener), request);
        return request.Interface == GuestInterface.Cgi ? ProblemOfCgi(request) : ProblemOfOthers(request);
    }

    /// <summary>Says that an option is for another interface.</summary>
    public static string Unused(string option, InvocationRequest request) =>
        $"{option} is set, which has no effect if {nameof(request.Interface)} is {request.Interface}.";

    private static string? ProblemOfCgi(InvocationRequest request)
    {
        if (request.StandardInput is not null) return $"{nameof(request.StandardInput)} is set, where a CGI program finds its request.";
        return request.StandardOutput is not null ? $"{nameof(request.StandardOutput)} is set, where a CGI program writes its response." : null;
    }

    private static string? ProblemOfOthers(InvocationRequest request)
    {
        if (request.ScriptName.Length > 0) return Unused(nameof(request.ScriptName), request);
        if (request.ArgumentsFromQuery) return Unused(nameof(request.ArgumentsFromQuery), request);
        return request.RemoteAddress is not null ? Unused(nameof(request.RemoteAddress), request) : null;
    }
}
