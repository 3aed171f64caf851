using System.CommandLine;

namespace WasiCloud.Tool;

/// <summary>The command line of <c>wasicloud run</c>.</summary>
internal static class RunCommand
{
    private const long DefaultMemoryBytes = 4L << 30;

    private static readonly Argument<string> Module = new("MODULE") { Description = "The program, a core WebAssembly module." };
    private static readonly Argument<string[]> Arguments = new("ARGS") { Description = "The program's arguments.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> HostDirectory = Many("--dir", "HOST::GUEST", "Show a folder of the host.");
    private static readonly Option<string[]> ReadOnlyDirectory = Many("--ro-dir", "HOST::GUEST", "Show a folder of the host; every change fails.");
    private static readonly Option<string[]> Copy = Many("--copy", "HOST::GUEST", "Show a copy of a folder, in memory; nothing is written back.");
    private static readonly Option<string[]> Memory = Many("--mem", "GUEST", "Show an empty directory in memory.");
    private static readonly Option<string[]> KeyValue = Many("--kv", "SPEC::GUEST", "Show a key-value store: 'memory' or 'sqlite:FILE'.");
    private static readonly Option<string[]> Environment = Many("--env", "NAME=VALUE", "Set an environment variable.");
    private static readonly Option<string?> Argv0 = new("--argv0") { HelpName = "NAME", Description = "The program's own name; default is the module's file name." };
    private static readonly Option<int?> Stack = new("--stack-size") { HelpName = "BYTES", Description = "Size of the WebAssembly stack." };
    private static readonly Option<long> MaxMemory = new("--max-memory")
    {
        HelpName = "BYTES",
        Description = "Limit of linear memory.",
        DefaultValueFactory = _ => DefaultMemoryBytes,
    };

    private static readonly Option<double?> Time = new("--timeout") { HelpName = "SECONDS", Description = "End the program after this time, with exit code 124." };
    private static readonly Option<string?> Cache = new("--cache") { HelpName = "DIR", Description = "Folder of compiled modules." };
    private static readonly Option<bool> NoCache = new("--no-cache") { Description = "Compile the module anew." };
    private static readonly Option<bool> Trace = new("--trace") { Description = "Print every host call to standard error." };

    public static Command Create()
    {
        var command = new Command("run", "Runs a program and returns its exit code (134: trap, 124: time-out, 130: interrupted, 1: cannot be run).")
        {
            HostDirectory, ReadOnlyDirectory, Copy, Memory, KeyValue, Environment, Argv0, Stack, MaxMemory, Time, Cache, NoCache, Trace, Module, Arguments,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        try
        {
            return await GuestRunner.RunAsync(Read(result), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (FailureReport.IsExpected(exception))
        {
            return FailureReport.Print(exception);
        }
    }

    private static RunSettings Read(ParseResult result) => new()
    {
        Module = result.GetRequiredValue(Module) is var module && module.StartsWith('-') ? throw new FormatException($"There is no option '{module}'.") : module,
        Arguments = result.GetValue(Arguments) ?? [],
        Argv0 = result.GetValue(Argv0),
        Mounts =
        [
            .. Mounts(result, HostDirectory, MountKind.HostDirectory),
            .. Mounts(result, ReadOnlyDirectory, MountKind.ReadOnlyHostDirectory),
            .. Mounts(result, Copy, MountKind.Copy),
            .. Mounts(result, Memory, MountKind.Memory),
            .. Mounts(result, KeyValue, MountKind.KeyValue),
        ],
        Environment = Variables(result.GetValue(Environment) ?? []),
        StackBytes = result.GetValue(Stack),
        MemoryBytes = result.GetValue(MaxMemory),
        Timeout = result.GetValue(Time) is { } seconds ? Seconds(seconds) : System.Threading.Timeout.InfiniteTimeSpan,
        CacheFolder = result.GetValue(Cache),
        UseCache = !result.GetValue(NoCache),
        Trace = result.GetValue(Trace),
    };

    private static IEnumerable<MountSpecification> Mounts(ParseResult result, Option<string[]> option, MountKind kind) =>
        (result.GetValue(option) ?? []).Select(text => MountSpecification.Parse(kind, text));

    private static TimeSpan Seconds(double seconds) => seconds is > 0 and <= int.MaxValue / 1000
        ? TimeSpan.FromSeconds(seconds)
        : throw new FormatException("--timeout must be more than 0 and at most 24 days.");

    private static Dictionary<string, string> Variables(string[] assignments)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var assignment in assignments)
        {
            var at = assignment.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new FormatException($"--env '{assignment}' must have the form NAME=VALUE.");
            variables[assignment[..at]] = assignment[(at + 1)..];
        }

        return variables;
    }

    private static Option<string[]> Many(string name, string form, string description) =>
        new(name) { HelpName = form, Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
}
