using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Tool.Tests;

public class StandardInputTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // The guest polls standard input with and without a time-out, and reads one byte whenever it has printed "waiting" and was woken.
    [Fact]
    public async Task Input_AfterAPollThatTimedOut_IsNotLost()
    {
        var start = new ProcessStartInfo(
            "dotnet", [ToolProcess.Command, "run", .. ToolProcess.Execution, "--mem", "/data", ToolProcess.Guest("pollmany"), "/data"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var failures = new List<string>();
        try
        {
            while (await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
            {
                if (line.StartsWith("not ok", StringComparison.Ordinal)) failures.Add(line);
                if (line != "waiting") continue;
                await process.StandardInput.WriteAsync('x');
                await process.StandardInput.FlushAsync();
            }

            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }

        failures.Should().BeEmpty();
        process.ExitCode.Should().Be(0);
    }
}
