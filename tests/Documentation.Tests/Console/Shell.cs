using System.Diagnostics;

namespace WasiCloud.Documentation.Console;

/// <summary>Runs commands in the repository's root, with the <c>wasicloud</c> that was built with these tests.</summary>
internal static class Shell
{
    // tests/<project>/bin/<configuration>/<framework>
    private static readonly DirectoryInfo s_output = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    private static readonly string s_tool = Repository.Full($"src/WasiCloud.Tool/bin/{s_output.Parent!.Name}/{s_output.Name}/wasicloud.dll");

    /// <summary>Runs a command.</summary>
    /// <returns>Its exit code, and what it printed on standard output.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"wasicloud() {{ \"$DOTNET\" exec \"$WASICLOUD\" \"$@\"; }}\n{command}"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            Environment = { ["DOTNET"] = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["WASICLOUD"] = s_tool },
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
