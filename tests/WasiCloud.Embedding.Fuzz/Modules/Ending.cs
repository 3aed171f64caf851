using System.Globalization;

namespace WasiCloud.Embedding.Fuzz.Modules;

/// <summary>How a guest ended, in a word.</summary>
internal static class Ending
{
    public const string Ok = "ok";
    public const string Invalid = "invalid";
    public const string Time = "limit:Time";
    public const string Memory = "limit:Memory";
    public const string Canceled = "canceled";
    public const string Output = "limit:Output";
    public const string StackOverflow = "trap:StackOverflow";
    public const string Unreachable = "trap:Unreachable";

    public static string Of(Exception? exception) => exception switch
    {
        null => Ok,
        InvalidGuestModuleException => Invalid,
        GuestLimitException limit => $"limit:{limit.Limit}",
        GuestTrapException trap => $"trap:{trap.Code}",
        GuestExitException exit => string.Create(CultureInfo.InvariantCulture, $"exit:{exit.ExitCode}"),
        GuestCommitException => "commit",
        GuestResponseException => "response",
        _ => exception.ToString(),
    };
}
