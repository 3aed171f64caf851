using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using WasiCloud.Embedding.Hosting;
using WasiCloud.Tool.Inspection;
using WasiCloud.Tool.Policies;
using WasiCloud.Tool.Serving;

namespace WasiCloud.Tool;

internal static partial class Program
{
    private const int FileSizeSignal = 25; // SIGXFSZ on Linux and macOS
    private const nint Ignore = 1; // SIG_IGN

    private static Task<int> Main(string[] arguments)
    {
        StandardDescriptors.Inspect();
        GuestCompiler.RunIfRequested(arguments);
        var interruption = new Interruption();
        StandardStream.ReplaceConsole();

        // A file that may not grow any more is EFBIG for the guest, and not the end of the process.
        if (!OperatingSystem.IsWindows()) _ = NativeSignal(FileSizeSignal, Ignore);
        return FailureReport.GuardAsync(() => InvokeAsync(arguments, interruption), interruption);
    }

    private static Task<int> InvokeAsync(string[] arguments, Interruption interruption)
    {
        var root = new RootCommand("Runs, serves and inspects WebAssembly programs (WASI preview1), on virtual filesystems.")
        {
            RunCommand.Create(), ServeCommand.Create(interruption), InspectCommand.Create(), PolicyCommand.Create(),
        };
        var parsed = root.Parse(CommandLineSplit.BeforeModule(root, arguments), new ParserConfiguration { ResponseFileTokenReplacer = null });

        if (parsed.Action is ParseErrorAction) return Task.FromResult(FailureReport.PrintUsage(parsed));

        // Signals and exceptions are not the parser's affair: it neither ends a command that does not follow, nor reports a failure in one line.
        var invocation = new InvocationConfiguration
        {
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
            Output = Console.Out,
            Error = Console.Error,
        };
        return parsed.InvokeAsync(invocation, interruption.Token);
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint NativeSignal(int number, nint handler);
}
