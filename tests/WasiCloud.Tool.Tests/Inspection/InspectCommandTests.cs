using FluentAssertions;
using Xunit;

namespace WasiCloud.Tool.Tests.Inspection;

public class InspectCommandTests
{
    // Of a memory and an empty _start; and its code.
    private const string Exports = "02066D656D6F72790200065F73746172740000" + "0A040102000B";

    [Fact]
    public async Task Inspect_ModuleThatRuns_Returns0()
    {
        var result = await ToolProcess.InvokeAsync("inspect", ToolProcess.Guest("counter"));
        result.ExitCode.Should().Be(0, result.Output);
        result.Output.Should().Contain("import\twasi_snapshot_preview1.fd_close\tfunc (i32) -> (i32)\n")
            .And.Contain("export\t_start\tfunc\n").And.Contain("needs\tfiles\t").And.Contain("mentions\t/beta/kv\n")
            .And.EndWith("slots\t1 for each guest\nruns\tyes\n");
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

    /// <summary>A module with externref takes two of a host's slots, says so, and runs where there is one.</summary>
    [Theory]
    [InlineData("0061736D0100000001040160000003020100" + "0404016F0001" + "05030100010713" + Exports, "table")]
    [InlineData("0061736D0100000001040160000003020100" + "0503010001" + "0606016F01D06F0B" + "0713" + Exports, "global")]
    public async Task Inspect_ModuleWithAHeap_SaysWhyAndItRuns(string wasm, string reason)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("heap.wasm", Convert.FromHexString(wasm));

        var inspection = await ToolProcess.InvokeAsync("inspect", file);
        var run = await ToolProcess.InvokeAsync("run", file);

        inspection.Output.Should().MatchRegex($"\nslots\t2 for each guest, because of a {reason} of externref[^\n]*\nruns\tyes\n$");
        inspection.ExitCode.Should().Be(0);
        run.Should().Be(new ToolResult(0, string.Empty, string.Empty));
    }

    [Fact]
    public async Task Inspect_NoFile_PrintsOneLine()
    {
        var result = await ToolProcess.InvokeAsync("inspect", "nosuch.wasm");
        result.Should().Be(new ToolResult(1, string.Empty, "wasicloud: There is no file 'nosuch.wasm'.\n"));
    }
}
