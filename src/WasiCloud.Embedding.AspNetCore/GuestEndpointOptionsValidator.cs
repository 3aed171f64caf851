namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Checks the ranges that <see cref="GuestEndpointOptions"/> documents, and that no option contradicts another.</summary>
internal sealed class GuestEndpointOptionsValidator : OptionsValidator<GuestEndpointOptions>
{
    public static GuestEndpointOptionsValidator Instance { get; } = new();

    protected override void Check(GuestEndpointOptions options, OptionProblems problems)
    {
        EndpointProblems.CheckHttp(options, problems);
        EndpointProblems.CheckStart(options.Arguments, options.Environment, problems);
        problems.NotNegative(options.MaxSpooledBodyBytes);
        problems.TimerOrInfinite(options.Timeout);
        if (options.Arguments is null || options.Environment is null) return;
        var request = options.ToRequest();
        if (InterfaceOptions.ProblemOf(request) is { } problem) problems.Add(problem);
        else if (options.Interface == GuestInterface.Cgi) CheckCgi(options, problems);
        else CheckOthers(options, request, problems);
    }

    private static void CheckOthers(GuestEndpointOptions options, InvocationRequest request, OptionProblems problems)
    {
        if (options.ScriptName is not null) problems.Add(InterfaceOptions.Unused(nameof(options.ScriptName), request));
        if (options is { LimitsSpooledBodies: true, MaxSpooledBodyBytes: >= 0 })
            problems.Add(InterfaceOptions.Unused(nameof(options.MaxSpooledBodyBytes), request));
    }

    private static void CheckCgi(GuestEndpointOptions options, OptionProblems problems)
    {
        problems.Require(
            options.ScriptName is null or { Length: 0 } || (options.ScriptName[0] == '/' && options.ScriptName[^1] != '/'),
            options.ScriptName, "must be empty, or begin with a slash and not end with one");
        if (options.ArgumentsFromQuery && options.Arguments.Count > 0)
        {
            problems.Add(
                $"{nameof(options.ArgumentsFromQuery)} and {nameof(options.Arguments)} are set; a query is a guest's arguments only if it has no others.");
        }
    }
}
