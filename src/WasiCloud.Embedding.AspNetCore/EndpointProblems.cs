namespace WasiCloud.Embedding.AspNetCore;

/// <summary>What can be wrong with the options of several kinds of endpoints.</summary>
internal static class EndpointProblems
{
    /// <summary>Checks what an endpoint does with HTTP.</summary>
    public static void CheckHttp(GuestHttpEndpointOptions options, OptionProblems problems)
    {
        foreach (var name in options.ReservedResponseFields)
        {
            if (!MessageHeaders.IsValidName(name))
                problems.Add(nameof(options.ReservedResponseFields), $"has '{name}', which is no field name (RFC 9110 section 5.1).");
        }
    }

    /// <summary>Checks what a guest of a connection is started with. The limits of the connection are checked apart.</summary>
    public static void CheckConnection(GuestConnectionEndpointOptions options, OptionProblems problems)
    {
        problems.Range(options.MaxConnections, 1, int.MaxValue);
        CheckStart(options.Arguments, options.Environment, problems);
    }

    /// <summary>Checks what a guest is to be started with when its endpoint is mapped, and not with the first request.</summary>
    public static void CheckStart(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, OptionProblems problems)
    {
        if (arguments is null || arguments.Any(static argument => !IsText(argument))) problems.Add("Arguments", "must be texts without NUL.");
        if (environment is null || environment.Any(static variable => !IsText(variable.Key) || !IsText(variable.Value)))
            problems.Add("Environment", "must be texts without NUL, and their names.");
    }

    private static bool IsText(string? text) => text is not null && !text.Contains('\0', StringComparison.Ordinal);
}
