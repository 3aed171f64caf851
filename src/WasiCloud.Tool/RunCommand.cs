using System.CommandLine;

namespace WasiCloud.Tool;

/// <summary>The command line of <c>wasicloud run</c>.</summary>
internal static class RunCommand
{
    public const string Name = "run";

    // As large as a 32-bit memory can be: a program run from a shell may have what it asks for.
    private static readonly HostOptions Host = new(defaultMemoryBytes: 4L << 30, Timeout.InfiniteTimeSpan);

    private static readonly Argument<string> Module = new("MODULE") { Description = "The program, a core WebAssembly module." };
    private static readonly Argument<string[]> Arguments = new("ARGS") { Description = "The program's arguments.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string?> Argv0 = HostOptions.Text("--argv0", "NAME", "The program's own name; default is the module's file name.");
    private static readonly Option<string?> Policy = HostOptions.Text(
        "--policy", "FILE", "What the program may do; 'wasicloud policy' tells more. Default everything.");
    private static readonly Option<string?> Learn = HostOptions.Text(
        "--learn", "FILE", "Write a policy of the paths that the program used, beside what the file has already. It covers only what ran.");
    private static readonly Option<bool> Trace = new("--trace") { Description = "Print every host call to standard error." };

    public static Command Create()
    {
        var command = new Command(
            Name,
            "Runs a program and returns its exit code (134: trap, 124: time-out, 130: interrupted, 143: terminated, 141: keeps writing to a closed pipe, "
            + "255: a code that a shell would take for success, 1: cannot be run).\n\n"
            + "Examples:\n"
            + "  wasicloud run program.wasm --its-own-option argument\n"
            + "  wasicloud run --ro-dir .::/src --mem /tmp --timeout 10 program.wasm /src/input\n"
            + "  wasicloud run --kv sqlite:app.db::/beta/kv/local --trace program.wasm");
        Host.AddTo(command);
        command.Options.Add(Argv0);
        command.Options.Add(Policy);
        command.Options.Add(Learn);
        command.Options.Add(Trace);
        command.Arguments.Add(Module);
        command.Arguments.Add(Arguments);
        command.SetAction((result, cancellationToken) => GuestRunner.RunAsync(Read(result), cancellationToken));
        return command;
    }

    private static RunSettings Read(ParseResult result) => new()
    {
        Module = CommandLineSplit.NotAnOption(result.GetRequiredValue(Module)),
        Arguments = result.GetValue(Arguments) ?? [],
        Argv0 = result.GetValue(Argv0),
        Host = Host.Read(result),
        Policy = result.GetValue(Policy),
        Learn = result.GetValue(Learn),
        Trace = result.GetValue(Trace),
    };
}
