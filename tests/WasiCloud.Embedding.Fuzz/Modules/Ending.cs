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
    public const string MemoryOutOfBounds = "trap:MemoryOutOfBounds";
    public const string TableOutOfBounds = "trap:TableOutOfBounds";
    public const string IndirectCallToNull = "trap:IndirectCallToNull";
    public const string BadSignature = "trap:BadSignature";
    public const string IntegerDivisionByZero = "trap:IntegerDivisionByZero";
    public const string IntegerOverflow = "trap:IntegerOverflow";
    public const string BadConversionToInteger = "trap:BadConversionToInteger";
    public const string Descriptors = "limit:Descriptors";

    /// <summary>With whichever code but 0, where an ending is expected.</summary>
    public const string AnyExit = "exit:*";

    private const string ExitPrefix = "exit:";

    public static string Exit(int code) => string.Create(CultureInfo.InvariantCulture, $"{ExitPrefix}{code}");

    public static bool IsExit(string ending) => ending.StartsWith(ExitPrefix, StringComparison.Ordinal);

    public static bool IsAmong(string ending, params ReadOnlySpan<string> allowed) =>
        allowed.Contains(ending) || (allowed.Contains(AnyExit) && IsExit(ending));

    public static string Of(Exception? exception) => exception switch
    {
        null => Ok,
        InvalidGuestModuleException => Invalid,
        GuestLimitException limit => $"limit:{limit.Limit}",
        GuestTrapException trap => $"trap:{trap.Code}",
        GuestExitException exit => Exit(exit.ExitCode),
        GuestCommitException => "commit",
        GuestResponseException => "response",
        _ => exception.ToString(),
    };
}
