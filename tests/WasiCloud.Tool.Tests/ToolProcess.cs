using System.Diagnostics;

namespace WasiCloud.Tool.Tests;

/// <summary>Runs programs as a shell does.</summary>
internal static class ToolProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static string Root { get; } = FindRoot();

    public static string Command { get; } = Path.Combine(AppContext.BaseDirectory, "wasicloud.dll");

    public static string Guest(string name) => Path.Combine(Root, "guests", "bin", name + ".wasm");

    public static Task<ToolResult> RunAsync(params string[] arguments) => RunWithInputAsync(string.Empty, arguments);

    public static async Task<ToolResult> RunWithInputAsync(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet", [Command, "run", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
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

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "WasiCloud.Embedding.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}

internal sealed record ToolResult(int ExitCode, string Output, string Error);
