using FluentAssertions;
using Xunit;

namespace WasiCloud.Tool.Tests;

public class RunCommandTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData("255", 255)]
    public async Task Run_GuestExits_ReturnsItsCode(string code, int expected)
    {
        var result = await ToolProcess.RunAsync(ToolProcess.Guest("fault"), "exit", code);
        result.Should().Be(new ToolResult(expected, string.Empty, string.Empty));
    }

    [Fact]
    public async Task Run_GuestTraps_PrintsBacktraceAndReturns134()
    {
        var result = await ToolProcess.RunAsync(ToolProcess.Guest("fault"), "unreachable");
        result.ExitCode.Should().Be(134);
        result.Error.Should().StartWith("wasicloud: ").And.Contain("\n    at ").And.NotContain("System.");
    }

    [Fact]
    public async Task Run_StandardInput_ReachesTheGuestAndItsOutputTheTerminal()
    {
        var result = await ToolProcess.RunWithInputAsync(new string('x', 100_000), ToolProcess.Guest("fault"), "readstdin");
        result.Should().Be(new ToolResult(0, "read 100000\n", string.Empty));
    }

    [Fact]
    public async Task Run_StandardError_IsPassedOnWhole()
    {
        var result = await ToolProcess.RunAsync(ToolProcess.Guest("fault"), "stderr", "200000");
        result.ExitCode.Should().Be(3);
        result.Error.Should().HaveLength(200_000);
    }

    [Fact]
    public async Task Run_Timeout_Returns124()
    {
        var result = await ToolProcess.RunAsync("--timeout", "0.5", ToolProcess.Guest("fault"), "loop");
        result.ExitCode.Should().Be(124);
        result.Error.Should().Be("wasicloud: The guest exceeded its time limit of 500 ms.\n");
    }

    [Fact]
    public async Task Run_TimeoutWhileWaitingForInput_Returns124()
    {
        var result = await ToolProcess.RunWithInputAsync(input: null, "--timeout", "0.5", ToolProcess.Guest("fault"), "readstdin");
        result.ExitCode.Should().Be(124);
    }

    [Fact]
    public async Task Run_Trace_PrintsOneLinePerCall()
    {
        var result = await ToolProcess.RunAsync("--trace", "--argv0", "me", ToolProcess.Guest("fault"), "exit", "3");
        result.ExitCode.Should().Be(3);
        result.Error.Should().MatchRegex("""args_sizes_get\(\) = Success count=3 bytes=10 <[0-9.]+ us>\n""").And.MatchRegex("""proc_exit\(code=3\) <[0-9.]+ us>\n$""");
    }

    [Fact]
    public async Task Run_OptionsAfterTheModule_AreTheGuests()
    {
        var result = await ToolProcess.RunAsync(ToolProcess.Guest("fault"), "--trace", "--dir");
        result.ExitCode.Should().Be(2);
        result.Error.Should().Be("fault: unknown fault '--trace'\n");
    }

    [Fact]
    public async Task Run_NoMount_HasNoPreopen()
    {
        var result = await ToolProcess.RunAsync("--trace", ToolProcess.Guest("posix"), "/");
        result.Error.Should().Contain("fd_prestat_get(fd=3, prestat=").And.Contain(" = BadF <");
    }

    [Theory]
    [InlineData("--bogus", "x", "There is no option '--bogus'.")]
    [InlineData("--dir", "nowhere", "must have the form HOST::GUEST")]
    [InlineData("--dir", "/nonexistent::/data", "There is no directory '/nonexistent'.")]
    [InlineData("--copy", "/nonexistent::/data", "There is no directory '/nonexistent'.")]
    [InlineData("--mem", "data", "must be absolute")]
    [InlineData("--kv", "redis::/kv", "must be 'memory' or 'sqlite:FILE'")]
    [InlineData("--env", "x", "must have the form NAME=VALUE")]
    [InlineData("--timeout", "0", "must be more than 0")]
    [InlineData("--max-memory", "1", "MaxMemoryBytes is 1")]
    public async Task Run_BadOption_PrintsOneLineAndReturns1(string option, string value, string message)
    {
        var result = await ToolProcess.RunAsync(option, value, ToolProcess.Guest("fault"), "exit", "0");
        result.ExitCode.Should().Be(1);
        result.Error.Should().StartWith("wasicloud: ").And.Contain(message);
        result.Error.Count(character => character == '\n').Should().Be(1);
    }

    [Theory]
    [InlineData("missing_imports")]
    [InlineData("no_start")]
    [InlineData("no_memory")]
    [InlineData("nonexistent")]
    public async Task Run_InvalidModule_PrintsOneLineAndReturns1(string guest)
    {
        var result = await ToolProcess.RunAsync(ToolProcess.Guest(guest));
        result.ExitCode.Should().Be(1);
        result.Error.Should().StartWith("wasicloud: ").And.MatchRegex("^[^\n]+\n$");
    }
}
