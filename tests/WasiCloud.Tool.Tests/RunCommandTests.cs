using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Tool.Tests;

public class RunCommandTests
{
    // (loop (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))) (br 0)): what the writes return is ignored.
    private static readonly byte[] YesForever =
    [
        .. "\0asm"u8, 1, 0, 0, 0,
        1, 0x0c, 2, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0,
        2, 0x23, 1, 22, .. "wasi_snapshot_preview1"u8, 8, .. "fd_write"u8, 0, 0,
        3, 2, 1, 1,
        5, 3, 1, 0, 1,
        7, 0x13, 2, 6, .. "memory"u8, 2, 0, 6, .. "_start"u8, 0, 1,
        10, 0x14, 1, 0x12, 0, 3, 0x40, 0x41, 1, 0x41, 0, 0x41, 1, 0x41, 16, 0x10, 0, 0x1a, 0x0c, 0, 0x0b, 0x0b,
        11, 0x10, 1, 0, 0x41, 0, 0x0b, 10, 8, 0, 0, 0, 2, 0, 0, 0, .. "y\n"u8,
    ];

    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData("255", 255)]
    public async Task Run_GuestExits_ReturnsItsCode(string code, int expected)
    {
        var result = await ToolProcess.RunAsync(ToolProcess.Guest("fault"), "exit", code);
        result.Should().Be(new ToolResult(expected, string.Empty, string.Empty));
    }

    // The command starts itself again, as 'dotnet wasicloud.dll'.
    [Fact]
    public async Task Run_CompiledOutOfProcess_RunsAsAnyOther()
    {
        var result = await ToolProcess.RunAsync("--no-cache", "--compile-out-of-process", ToolProcess.Guest("fault"), "exit", "7");
        result.Should().Be(new ToolResult(7, string.Empty, string.Empty));
    }

    [Fact]
    public async Task Run_InvalidModuleCompiledOutOfProcess_SaysWhatTheCompilerSaid()
    {
        using var folder = new TemporaryFolder();
        var module = folder.Write("bad.wasm", [.. "\0asm"u8, 1, 0, 0, 0, 99]);
        var expected = await ToolProcess.RunAsync("--no-cache", module);

        expected.ExitCode.Should().Be(1);
        (await ToolProcess.RunAsync("--no-cache", "--compile-out-of-process", module)).Should().Be(expected);
    }

    [Fact]
    public async Task Tool_StartedAsTheCompiler_SaysSoAndEndsWithItsInput()
    {
        var result = await ToolProcess.InvokeAsync("--wasicloud-compile-module");
        result.Should().Be(new ToolResult(1, "wasicloud-compiler 1\n", string.Empty));
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

    // As `(echo before; wasicloud run ...; echo after) > file`: the position in the file is shared.
    [Fact]
    public async Task Run_OutputIsAFile_ContinuesWhereOthersWrite()
    {
        using var folder = new TemporaryFolder();
        var output = folder.Write("output", []);
        using var shell = Process.Start("sh",
            ["-c", "(echo before; echo 12345 | dotnet \"$0\" run \"$3\" \"$4\" \"$1\" readstdin; echo after) > \"$2\"", ToolProcess.Command,
            ToolProcess.Guest("fault"), output, .. ToolProcess.Execution]);
        await shell.WaitForExitAsync();
        (await File.ReadAllTextAsync(output)).Should().Be("before\nread 6\nafter\n");
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
        result.Error
            .Should().MatchRegex("""args_sizes_get\(\) = Success count=3 bytes=10 <[0-9.]+ us>\n""").And.MatchRegex("""proc_exit\(code=3\) <[0-9.]+ us>\n$""");
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

    [BottomUpFact]
    public async Task Run_OnFibersWhereTheyCannotBe_RunsAllTheSame()
    {
        var process = ToolProcess.StartBottomUp("run", "--execution", "Fibers", ToolProcess.Guest("fault"), "readstdin");
        (await ToolProcess.FinishAsync(process, "12345")).Should().Be(new ToolResult(0, "read 5\n", string.Empty));
    }

    [Theory]
    [InlineData("coroutines")]
    [InlineData("1")]
    public async Task Run_UnknownExecution_SaysWhichThereAre(string execution)
    {
        var result = await ToolProcess.InvokeAsync("run", "--execution", execution, ToolProcess.Guest("fault"));
        result.ExitCode.Should().Be(2);
        result.Error.Should().StartWith($"wasicloud: --execution '{execution}' must be ").And.Contain("threads or fibers");
    }

    [Theory]
    [InlineData(2, "--bogus", "x", "There is no option '--bogus'.")]
    [InlineData(2, "--dir", "nowhere", "must have the form HOST::GUEST")]
    [InlineData(1, "--dir", "/nonexistent::/data", "There is no directory '/nonexistent'.")]
    [InlineData(1, "--copy", "/nonexistent::/data", "There is no directory '/nonexistent'.")]
    [InlineData(2, "--mem", "data", "must be absolute")]
    [InlineData(2, "--kv", "redis::/kv", "must be 'memory' or 'sqlite:FILE'")]
    [InlineData(2, "--env", "x", "must have the form NAME=VALUE")]
    [InlineData(2, "--timeout", "0", "must be a number of seconds, more than 0")]
    [InlineData(2, "--timeout", "soon", "must be a number of seconds")]
    [InlineData(2, "--max-memory", "1", "MaxMemoryBytes is 1")]
    [InlineData(2, "--max-memory", "1GB", "must be a number of bytes")]
    [InlineData(2, "--stack-size", "9999999999", "must be a number of bytes")]
    public async Task Run_BadOption_PrintsOneLine(int exitCode, string option, string value, string message)
    {
        var result = await ToolProcess.RunAsync(option, value, ToolProcess.Guest("fault"), "exit", "0");
        result.ExitCode.Should().Be(exitCode);
        result.Error.Should().StartWith("wasicloud: ").And.Contain(message);
        result.Error.Count(character => character == '\n').Should().Be(1);
    }

    [Theory]
    [InlineData("Required command was not provided.")]
    [InlineData("There is no command or option 'runn'.", "runn", "x")]
    [InlineData("Required argument 'MODULE' missing", "run")]
    [InlineData("Required argument missing for option: '--timeout'", "run", "--timeout")]
    public async Task Command_Mistake_PrintsOneLineAndReturns2(string message, params string[] arguments)
    {
        var result = await ToolProcess.InvokeAsync(arguments);
        result.ExitCode.Should().Be(2);
        result.Output.Should().BeEmpty();
        result.Error.Should().MatchRegex("^wasicloud: [^\n]+ --help' tells more.\n$").And.Contain(message);
    }

    [Fact]
    public async Task Run_InterruptedWhileTheGuestLoops_Returns130()
    {
        using var process = ToolProcess.Start("run", "--trace", ToolProcess.Guest("fault"), "loop");

        // The guest is running when it has made its first call.
        (await process.StandardError.ReadLineAsync()).Should().StartWith("fd_prestat_get(");
        ToolProcess.Signal(process, "INT");
        var error = await process.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1));
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(130);
        error.Should().EndWith("wasicloud: Interrupted.\n").And.NotContain("   at ");
    }

    [Fact]
    public async Task Run_OutputClosedByItsReader_IsPipeForTheGuestWhichEndsWith141()
    {
        using var folder = new TemporaryFolder();
        var yes = folder.Write("yes.wasm", YesForever);
        using var process = ToolProcess.Start("run", "--trace", yes);
        await process.StandardOutput.BaseStream.ReadExactlyAsync(new byte[1]);
        process.StandardOutput.Close();

        // A command that lets the guest go on would print lines for ever.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await using var end = patience.Token.Register(process.Kill);
        var sawPipe = false;
        while (await process.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1)) is { } line)
        {
            sawPipe |= line.Contains(" = Pipe ", StringComparison.Ordinal);
            line.Should().NotStartWith("   at ").And.NotContain("Exception");
        }

        await process.WaitForExitAsync();
        sawPipe.Should().BeTrue();
        process.ExitCode.Should().Be(141);
    }

    [Fact]
    public async Task Run_OutOfFuel_Returns134AndSaysSo()
    {
        var result = await ToolProcess.RunAsync("--fuel", "100000", ToolProcess.Guest("loop"));
        result.ExitCode.Should().Be(134, result.Error);
        result.Error.Should().Contain("fuel of 100000 units");
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
