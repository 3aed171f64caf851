namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Checks what a guest is to be started with when its endpoint is mapped, and not with the first request.</summary>
internal static class StartOptions
{
    /// <exception cref="ArgumentException">An argument or variable cannot be given to a guest.</exception>
    public static void Validate(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string parameter)
    {
        if (arguments is null || arguments.Any(static argument => !IsText(argument)))
            throw new ArgumentException("Arguments must be texts without NUL.", parameter);
        if (environment is null || environment.Any(static variable => !IsText(variable.Key) || !IsText(variable.Value)))
            throw new ArgumentException("Environment must be texts without NUL, and their names.", parameter);
    }

    private static bool IsText(string? text) => text is not null && !text.Contains('\0', StringComparison.Ordinal);
}
