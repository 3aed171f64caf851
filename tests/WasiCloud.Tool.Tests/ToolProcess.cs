using System.Diagnostics;
using System.Globalization;
using WasiCloud.Embedding;

namespace WasiCloud.Tool.Tests;

/// <summary>Runs programs as a shell does.</summary>
internal static class ToolProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static string Root { get; } = FindRoot();

    public static string Command { get; } = Path.Combine(AppContext.BaseDirectory, "wasicloud.dll");

    /// <summary>What every <c>run</c> and <c>serve</c> of the tests is told.</summary>
    public static string[] Execution { get; } = ["--execution", TestExecution.Value.ToString().ToLowerInvariant()];

    public static string Guest(string name) => Path.Combine(Root, "guests", "bin", name + ".wasm");

    public static Task<ToolResult> RunAsync(params string[] arguments) => RunWithInputAsync(string.Empty, arguments);

    public static Task<ToolResult> RunWithInputAsync(string? input, params string[] arguments) => FinishAsync(Start(["run", .. arguments]), input);

    public static Task<ToolResult> InvokeAsync(params string[] arguments) => FinishAsync(Start(arguments), string.Empty);

    // A shell starts what it runs in the background with SIGINT ignored, and that is inherited: tests of the signal must not depend on how they were started.
    public static Process Start(params string[] arguments) => StartProgram("env", ["--default-signal=INT", Runtime, Command, .. WithExecution(arguments)]);

    /// <summary>Starts it as a shell does with redirections, such as <c>&gt;/dev/full 2&gt;&amp;-</c>, of which <c>$1</c> is a word.</summary>
    /// <param name="redirections">What stands behind the command.</param>
    /// <param name="word">What <c>$1</c> is.</param>
    /// <param name="arguments">The command's arguments.</param>
    /// <param name="before">What the shell does before, such as opening files.</param>
    public static Process StartRedirected(string redirections, string word, string[] arguments, string before = ":")
    {
        var script = $"{before}; exec \"$@\" {redirections}".Replace("$1", "$word", StringComparison.Ordinal);
        string[] command = ["env", "--default-signal=INT", Runtime, Command, .. WithExecution(arguments)];
        return StartProgram("sh", ["-c", "word=$1; shift; " + script, "sh", word, .. command]);
    }

    /// <summary>Starts it where Linux maps memory bottom up, so that fibers cannot have their stacks below those of threads.</summary>
    public static Process StartBottomUp(params string[] arguments) => StartProgram("setarch", ["--addr-compat-layout", Runtime, Command, .. arguments]);

    public static void Signal(Process process, string name)
    {
        using var kill = Process.Start("kill", ["-" + name, process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public static async Task<ToolResult> FinishAsync(Process process, string? input)
    {
        using (process)
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input);
                process.StandardInput.Close();
            }

            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            using var patience = new CancellationTokenSource(Patience);
            await process.WaitForExitAsync(patience.Token);
            return new ToolResult(process.ExitCode, await output, await error);
        }
    }

    private static string Runtime => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    private static Process StartProgram(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static string[] WithExecution(string[] arguments) =>
        arguments is ["run" or "serve", ..] && !arguments.Contains(Execution[0]) ? [arguments[0], .. Execution, .. arguments[1..]] : arguments;

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "WasiCloud.Embedding.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}

internal sealed record ToolResult(int ExitCode, string Output, string Error);
