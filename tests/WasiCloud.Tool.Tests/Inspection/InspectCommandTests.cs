using FluentAssertions;
using Xunit;

namespace WasiCloud.Tool.Tests.Inspection;

public class InspectCommandTests
{
    [Fact]
    public async Task Inspect_ModuleThatRuns_Returns0()
    {
        var result = await ToolProcess.InvokeAsync("inspect", ToolProcess.Guest("counter"));
        result.ExitCode.Should().Be(0, result.Output);
        result.Output.Should().Contain("import\twasi_snapshot_preview1.fd_close\tfunc (i32) -> (i32)\n")
            .And.Contain("export\t_start\tfunc\n").And.Contain("needs\tfiles\t").And.Contain("mentions\t/beta/kv\n").And.EndWith("runs\tyes\n");
        result.Error.Should().BeEmpty();
    }

    [Theory]
    [InlineData("missing_imports", "env.not_there")]
    [InlineData("no_start", "'_start'")]
    [InlineData("no_memory", "'memory'")]
    public async Task Inspect_ModuleThatCannotRun_SaysWhyAndReturns1(string guest, string reason)
    {
        var result = await ToolProcess.InvokeAsync("inspect", ToolProcess.Guest(guest));
        result.ExitCode.Should().Be(1);
        result.Output.Should().MatchRegex($"runs\tno: [^\n]*{reason}[^\n]*\n$").And.StartWith("file\t");
    }

    [Fact]
    public async Task Inspect_NoFile_PrintsOneLine()
    {
        var result = await ToolProcess.InvokeAsync("inspect", "nosuch.wasm");
        result.Should().Be(new ToolResult(1, string.Empty, "wasicloud: There is no file 'nosuch.wasm'.\n"));
    }
}
