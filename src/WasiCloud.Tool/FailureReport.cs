using System.CommandLine;
using System.Net.Sockets;
using WasiCloud.Embedding;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool;

/// <summary>Turns a failure into text on standard error and an exit code.</summary>
internal static class FailureReport
{
    /// <summary>Does what a command does, and reports what went wrong.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> GuardAsync(Func<Task<int>> command, Interruption interruption)
    {
        try
        {
            return await command().ConfigureAwait(false);
        }
        catch (Exception) when (interruption.ExitCode is not null)
        {
            // Whatever failed, such as a compiler that a terminal's signal reached as well, failed because of that.
            return PrintLine("Interrupted.", interruption.ExitCode!.Value);
        }
        catch (Exception exception)
        {
            return IsExpected(exception) ? Print(exception) : PrintDefect(exception);
        }
    }

    /// <summary>
    /// The exit code for what a guest ended with. A shell, as everybody who waits for a process, sees the lowest eight bits alone: no failure may look like
    /// success there.
    /// </summary>
    public static int OfGuest(int code) => code != 0 && (code & 0xFF) == 0
        ? PrintLine(
            FormattableString.Invariant($"The program's exit code {unchecked((uint)code)} would be taken for success, since only its lowest 8 bits are seen."),
            ExitCodes.Folded)
        : code;

    /// <summary>Says something that does not end the command.</summary>
    public static void Warn(string message) => PrintLine(message, exitCode: 0);

    /// <summary>Says the first thing that is wrong with a command line.</summary>
    /// <returns>The exit code.</returns>
    public static int PrintUsage(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = command is RootCommand ? "wasicloud" : $"wasicloud {command.Name}";
        var problem = parsed.UnmatchedTokens is [var token, ..] ? $"There is no command or option '{token}'." : parsed.Errors[0].Message;
        return PrintLine($"{problem} '{path} --help' tells more.", ExitCodes.Usage);
    }

    /// <summary>Whether the failure is the guest's or the user's, not a defect of this program.</summary>
    private static bool IsExpected(Exception exception) =>
        exception is GuestException or OperationCanceledException or IOException or SocketException or UnauthorizedAccessException or FormatException
            or ArgumentException
            or Microsoft.Extensions.Options.OptionsValidationException or PlatformNotSupportedException;

    private static int Print(Exception exception)
    {
        switch (exception)
        {
            case GuestExitException exit: return OfGuest(exit.ExitCode);

            // The code says what the program wanted to say; that it was near a limit is a guess.
            case GuestLimitException { InnerException: GuestExitException exit }: return OfGuest(exit.ExitCode);
            case GuestLimitException { InnerException: GuestTrapException trap } limit: return PrintTrap(trap, limit.Message);
            case GuestLimitException { Limit: GuestLimit.Time or GuestLimit.CpuTime } limit: return PrintLine(limit.Message, ExitCodes.TimedOut);
            case GuestTrapException trap: return PrintTrap(trap, trap.Message);
            case OutputException { Error: Errno.Pipe }: return ExitCodes.ClosedPipe;
            case FormatException or Microsoft.Extensions.Options.OptionsValidationException: return PrintLine(exception.Message, ExitCodes.Usage);
            default: return PrintLine(exception.Message, ExitCodes.Failure);
        }
    }

    private static int PrintTrap(GuestTrapException trap, string message)
    {
        PrintLine(message == trap.Message ? message : $"{message} {trap.Message}", ExitCodes.Trap);
        foreach (var frame in trap.Backtrace) Console.Error.WriteLine($"    at {SafeText.OfMessage(frame.ToString())}");
        return ExitCodes.Trap;
    }

    // What nobody has thought of: whoever reports it needs all there is.
    private static int PrintDefect(Exception exception)
    {
        Console.Error.WriteLine($"wasicloud: Unexpected failure: {LogText.OfLines(exception.ToString())}");
        return ExitCodes.Failure;
    }

    private static int PrintLine(string message, int exitCode)
    {
        Console.Error.WriteLine($"wasicloud: {SafeText.OfMessage(message.ReplaceLineEndings(" "))}");
        return exitCode;
    }
}
