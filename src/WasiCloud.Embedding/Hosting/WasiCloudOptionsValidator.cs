namespace WasiCloud.Embedding.Hosting;

/// <summary>Checks the ranges that <see cref="WasiCloudOptions"/> documents.</summary>
internal sealed class WasiCloudOptionsValidator : OptionsValidator<WasiCloudOptions>
{
    public const int MinStackBytes = 64 << 10;
    public const int MaxStackBytes = 64 << 20;
    public const int MaxGuestsOfModule = 10_000;

    private const long PageBytes = 64 << 10;
    private const long GiB = 1L << 30;

    protected override void Check(WasiCloudOptions options, OptionProblems problems)
    {
        problems.TimerOrInfinite(options.ExecutionTimeout);
        problems.TimerOrInfinite(options.MaxCpuTime);
        problems.Range(options.MaxComputingGuests, 1, 1_024);
        problems.Range(options.MaxMemoryBytes, PageBytes, 4 * GiB);
        problems.Range(options.MaxTableElements, 1, 10_000_000);
        problems.Range(options.MaxStackBytes, MinStackBytes, MaxStackBytes);
        problems.Defined(options.Execution);
        problems.NotNegative(options.MaxFuel);
        problems.Range(options.MaxDescriptors, 4, 65_536);
        problems.NotNegative(options.MaxResponseBytes);
        problems.Range(options.MaxResponseHeadBytes, 256, 1 << 20);
        problems.Range(options.MaxJsonBodyBytes, 0, GiB);
        problems.Range(options.ResponseBufferBytes, 4 << 10, GiB);
        problems.NotNegative(options.MaxResponseBufferBytes);
        problems.NotNegative(options.MaxTemporaryBytes);
        problems.NotNegative(options.MaxTemporaryNodes);
        problems.NotNegative(options.MaxLogBytes);
        problems.NotNegative(options.MaxLogLines);
        problems.NotNegative(options.MaxLogBytesPerSecond);
        problems.NotNegative(options.MaxLogLinesPerSecond);
        problems.NotNegative(options.MaxAuditEntriesPerSecond);
        problems.Range(options.MaxConcurrentInvocations, 1, MaxGuestsOfModule);
        problems.Range(options.MaxConcurrentInvocationsPerModule, 1, MaxGuestsOfModule);
        problems.Range(options.MaxQueuedInvocations, 0, 1_000_000);
        problems.Range(options.QueueTimeout, TimeSpan.Zero, OptionProblems.LongestTimer);
        problems.Require(options.ModuleCacheFolder is not { Length: 0 }, options.ModuleCacheFolder, "must be a folder or null");
        CheckCompilation(options, problems);
        foreach (var (variable, value) in options.Environment) CheckVariable(options, variable, value, problems);
    }

    private static void CheckCompilation(WasiCloudOptions options, OptionProblems problems)
    {
        problems.Range(options.MaxModuleBytes, 8, GiB);
        problems.Range(options.MaxCompilationBytes, 1 << 20, 1024 * GiB);
        problems.Range(options.MaxConcurrentCompilations, 1, 64);
        problems.TimerOrInfinite(options.MaxCompilationTime);
        problems.Defined(options.ModuleCompilation);
        problems.Require(
            options.ModuleCompilation != ModuleCompilation.OutOfProcess || OperatingSystem.IsLinux(), options.ModuleCompilation, "works on Linux only");
        var command = options.CompilerCommand;
        problems.Require(
            command is not [{ Length: 0 }, ..] && command.All(part => part?.Contains('\0', StringComparison.Ordinal) == false),
            string.Join(' ', command), "must be a program and its arguments, without NUL", nameof(options.CompilerCommand));
    }

    private static void CheckVariable(WasiCloudOptions options, string variable, string? value, OptionProblems problems)
    {
        var option = $"{nameof(options.Environment)}[\"{variable}\"]";
        problems.Require(
            variable.Length > 0 && !variable.AsSpan().ContainsAny('=', '\0'), value,
            "must be named as an environment variable can be: not empty, without '=' and NUL", option);
        problems.Require(value?.Contains('\0', StringComparison.Ordinal) == false, value, "must be a text without NUL", option);
    }
}
