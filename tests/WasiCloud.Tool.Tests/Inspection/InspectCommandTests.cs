using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
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
            .And.Contain("export\t_start\tfunc\n").And.Contain("needs\tfiles\t").And.Contain("mentions\t/beta/kv\n")
            .And.EndWith("slots\t1 for each guest\nruns\tyes\n");
        result.Error.Should().BeEmpty();
    }

    [Fact]
    public async Task Inspect_AnyModule_PrintsTheChecksumThatRunTakes()
    {
        var (guest, other) = (ToolProcess.Guest("empty"), new string('0', 64));
        var checksum = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(guest)));

        (await ToolProcess.InvokeAsync("inspect", guest)).Output.Should().Contain($"SHA-256\t{checksum}\n");
        (await ToolProcess.RunAsync("--sha256", checksum.ToUpperInvariant(), guest)).ExitCode.Should().Be(0);
        var refused = await ToolProcess.RunAsync("--sha256", other, guest);
        refused.ExitCode.Should().Be(1);
        refused.Error.Should().Contain(checksum).And.Contain(other);
        (await ToolProcess.RunAsync("--sha256", "abc", guest)).Error.Should().Contain("--sha256 'abc' must be 64 hexadecimal digits");
        (await ToolProcess.InvokeAsync("serve", "--sha256", other, guest)).Error.Should().Contain(other);
        (await ToolProcess.InvokeAsync("serve", "--sha256", other, Path.GetDirectoryName(guest)!)).Error.Should().Contain("--sha256 is of one module");
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
    [InlineData("(table 1 externref)", "table")]
    [InlineData("(global (mut externref) (ref.null extern))", "global")]
    public async Task Inspect_ModuleWithAHeap_SaysWhyAndItRuns(string part, string reason)
    {
        using var folder = new TemporaryFolder();
        var text = $"""(module {part} (memory (export "memory") 1) (func (export "_start")))""";
        var file = folder.Write("heap.wasm", TextFormatApi.Assemble(Encoding.UTF8.GetBytes(text)));

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
