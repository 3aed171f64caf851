using System.CommandLine;
using System.CommandLine.Invocation;
using WasiCloud.Embedding.Hosting;
using WasiCloud.Tool.Inspection;
using WasiCloud.Tool.Serving;

namespace WasiCloud.Tool;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        GuestCompiler.RunIfRequested(arguments);
        var root = new RootCommand("Runs, serves and inspects WebAssembly programs (WASI preview1), on virtual filesystems.")
        {
            RunCommand.Create(), ServeCommand.Create(), InspectCommand.Create(),
        };
        var parsed = root.Parse(CommandLineSplit.BeforeModule(root, arguments), new ParserConfiguration { ResponseFileTokenReplacer = null });

        if (parsed.Action is ParseErrorAction) return FailureReport.PrintUsage(parsed);

        // A server stops by itself, after the requests in flight, which may take longer than the two seconds that System.CommandLine leaves a command.
        var invocation = new InvocationConfiguration();
        if (arguments is [ServeCommand.Name, ..]) invocation.ProcessTerminationTimeout = null;
        return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
    }
}
