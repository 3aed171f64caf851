using Microsoft.Extensions.Options;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Checks the ranges that <see cref="WasiCloudOptions"/> documents, and names every option that is out of its own.</summary>
internal sealed class WasiCloudOptionsValidator : IValidateOptions<WasiCloudOptions>
{
    private const long PageBytes = 64 << 10;
    private const long GiB = 1L << 30;
    private const int MinStackBytes = 64 << 10;
    private const int MaxStackBytes = 64 << 20;

    private const int MaxGuestsOfModule = 10_000;

    // The longest time a timer can wait.
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromMilliseconds(int.MaxValue - 1);

    public ValidateOptionsResult Validate(string? name, WasiCloudOptions options)
    {
        var problems = new List<string>();
        CheckTime(nameof(options.ExecutionTimeout), options.ExecutionTimeout, problems);
        CheckTime(nameof(options.MaxCpuTime), options.MaxCpuTime, problems);
        CheckRange(nameof(options.MaxComputingGuests), options.MaxComputingGuests, 1, 1_024, problems);
        CheckRange(nameof(options.MaxMemoryBytes), options.MaxMemoryBytes, PageBytes, 4 * GiB, problems);
        CheckRange(nameof(options.MaxTableElements), options.MaxTableElements, 1, 10_000_000, problems);
        CheckRange(nameof(options.MaxStackBytes), options.MaxStackBytes, MinStackBytes, MaxStackBytes, problems);
        if (!Enum.IsDefined(options.Execution)) problems.Add($"{nameof(options.Execution)} is {options.Execution}, which is none of its values.");
        if (options.MaxFuel is { } fuel) CheckRange(nameof(options.MaxFuel), fuel, 0, long.MaxValue, problems);
        CheckRange(nameof(options.MaxDescriptors), options.MaxDescriptors, 4, 65_536, problems);
        CheckRange(nameof(options.MaxResponseBytes), options.MaxResponseBytes, 0, long.MaxValue, problems);
        CheckRange(nameof(options.MaxResponseHeadBytes), options.MaxResponseHeadBytes, 256, 1 << 20, problems);
        CheckRange(nameof(options.MaxJsonBodyBytes), options.MaxJsonBodyBytes, 0, GiB, problems);
        CheckRange(nameof(options.ResponseBufferBytes), options.ResponseBufferBytes, 4 << 10, GiB, problems);
        CheckRange(nameof(options.MaxResponseBufferBytes), options.MaxResponseBufferBytes, 0, long.MaxValue, problems);
        CheckRange(nameof(options.MaxTemporaryBytes), options.MaxTemporaryBytes, 0, long.MaxValue, problems);
        CheckRange(nameof(options.MaxTemporaryNodes), options.MaxTemporaryNodes, 0, int.MaxValue, problems);
        CheckRange(nameof(options.MaxLogBytes), options.MaxLogBytes, 0, long.MaxValue, problems);
        CheckRange(nameof(options.MaxLogLines), options.MaxLogLines, 0, long.MaxValue, problems);
        CheckRange(nameof(options.MaxLogBytesPerSecond), options.MaxLogBytesPerSecond, 0, long.MaxValue, problems);
        CheckRange(nameof(options.MaxLogLinesPerSecond), options.MaxLogLinesPerSecond, 0, long.MaxValue, problems);
        CheckRange(nameof(options.MaxModuleBytes), options.MaxModuleBytes, 8, GiB, problems);
        CheckRange(nameof(options.MaxCompilationBytes), options.MaxCompilationBytes, 1 << 20, 1024 * GiB, problems);
        CheckRange(nameof(options.MaxConcurrentCompilations), options.MaxConcurrentCompilations, 1, 64, problems);
        CheckTime(nameof(options.MaxCompilationTime), options.MaxCompilationTime, problems);
        CheckCompilation(options, problems);
        CheckRange(nameof(options.MaxConcurrentInvocations), options.MaxConcurrentInvocations, 1, 10_000, problems);
        if (options.MaxConcurrentInvocationsPerModule is { } perModule)
            CheckRange(nameof(options.MaxConcurrentInvocationsPerModule), perModule, 1, MaxGuestsOfModule, problems);
        CheckRange(nameof(options.MaxQueuedInvocations), options.MaxQueuedInvocations, 0, 1_000_000, problems);
        if (options.QueueTimeout < TimeSpan.Zero || options.QueueTimeout > MaxTimeout)
            problems.Add($"{nameof(options.QueueTimeout)} is {options.QueueTimeout}; it must be from 0 to {MaxTimeout}.");
        if (options.ModuleCacheFolder is { Length: 0 })
            problems.Add($"{nameof(options.ModuleCacheFolder)} is empty; it must be a folder or null.");
        foreach (var (variable, value) in options.Environment) CheckVariable($"{nameof(options.Environment)}[\"{variable}\"]", variable, value, problems);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    /// <summary>Whether a guest's time can be limited to this.</summary>
    public static bool IsTimeout(TimeSpan value) => value == Timeout.InfiniteTimeSpan || (value > TimeSpan.Zero && value <= MaxTimeout);

    /// <summary>Whether a module's guests can be limited to this number.</summary>
    public static bool IsGuestCount(int value) => value is >= 1 and <= MaxGuestsOfModule;

    /// <summary>Whether a guest's stack can have this size, in bytes.</summary>
    public static bool IsStackSize(int value) => value is >= MinStackBytes and <= MaxStackBytes;

    private static void CheckCompilation(WasiCloudOptions options, List<string> problems)
    {
        if (!Enum.IsDefined(options.ModuleCompilation))
            problems.Add($"{nameof(options.ModuleCompilation)} is {options.ModuleCompilation}, which is none of its values.");
        if (options.ModuleCompilation == ModuleCompilation.OutOfProcess && !OperatingSystem.IsLinux())
            problems.Add($"{nameof(options.ModuleCompilation)} is {ModuleCompilation.OutOfProcess}, which works on Linux only.");
        var command = options.CompilerCommand;
        if (command is [{ Length: 0 }, ..] || command.Any(part => part is null || part.Contains('\0', StringComparison.Ordinal)))
            problems.Add($"{nameof(options.CompilerCommand)} must be a program and its arguments, without NUL.");
    }

    private static void CheckVariable(string option, string variable, string? value, List<string> problems)
    {
        if (variable.Length == 0 || variable.AsSpan().ContainsAny('=', '\0'))
            problems.Add($"{option} is not named as an environment variable can be: not empty, without '=' and NUL.");
        if (value is null || value.Contains('\0', StringComparison.Ordinal))
            problems.Add($"{option} must be a text without NUL.");
    }

    private static void CheckRange(string option, long value, long minimum, long maximum, List<string> problems)
    {
        if (value < minimum || value > maximum)
            problems.Add(FormattableString.Invariant($"{option} is {value}; it must be from {minimum} to {maximum}."));
    }

    private static void CheckTime(string option, TimeSpan value, List<string> problems)
    {
        if (!IsTimeout(value))
            problems.Add($"{option} is {value}; it must be more than 0 and at most {MaxTimeout}, or Timeout.InfiniteTimeSpan.");
    }
}
