using WasiCloud.Embedding;

namespace WasiCloud.Tool;

/// <summary>Turns a failure into text on standard error and an exit code.</summary>
internal static class FailureReport
{
    /// <summary>Whether the failure is the guest's or the user's, not a defect of this program.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is GuestException or OperationCanceledException or IOException or UnauthorizedAccessException or FormatException or ArgumentException
            or Microsoft.Extensions.Options.OptionsValidationException or PlatformNotSupportedException;

    public static int Print(Exception exception)
    {
        switch (exception)
        {
            case GuestExitException exit: return exit.ExitCode;

            // The code says what the program wanted to say; that it was near a limit is a guess.
            case GuestLimitException { InnerException: GuestExitException exit }: return exit.ExitCode;
            case GuestLimitException { InnerException: GuestTrapException trap } limit: return PrintTrap(trap, limit.Message);
            case GuestLimitException { Limit: GuestLimit.Time } limit: return PrintLine(limit.Message, ExitCodes.TimedOut);
            case GuestTrapException trap: return PrintTrap(trap, trap.Message);
            case OperationCanceledException: return PrintLine("Interrupted.", ExitCodes.Interrupted);
            default: return PrintLine(exception.Message, ExitCodes.Failure);
        }
    }

    private static int PrintTrap(GuestTrapException trap, string message)
    {
        PrintLine(message == trap.Message ? message : $"{message} {trap.Message}", ExitCodes.Trap);
        foreach (var frame in trap.Backtrace) Console.Error.WriteLine($"    at {frame}");
        return ExitCodes.Trap;
    }

    private static int PrintLine(string message, int exitCode)
    {
        Console.Error.WriteLine($"wasicloud: {message.ReplaceLineEndings(" ")}");
        return exitCode;
    }
}
