using System.Diagnostics;
using FluentAssertions;

namespace WasiCloud.Tool.Tests;

public class TestsuiteTests
{
    [TestsuiteTheory]
    [Xunit.InlineData("--dir")]
    [Xunit.InlineData("--copy")]
    public async Task Testsuite_AllModules_Pass(string mode)
    {
        var start = new ProcessStartInfo(Path.Combine(ToolProcess.Root, "tests", "wasi-testsuite", "run.sh"), [mode])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment["WASICLOUD"] = "dotnet " + ToolProcess.Command;
        start.Environment["WASICLOUD_RUN_OPTIONS"] = string.Join(' ', ToolProcess.Execution);
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, output);
    }
}
