using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Tool.Tests;

/// <summary>
/// Standard streams that are full, closed, or whose reader is gone, and what every command makes of them: its own exit code, and never an abort.
/// </summary>
public sealed class BrokenOutputTests : IDisposable
{
    /// <summary>Descriptor 3 is a pipe that is full and that nobody reads.</summary>
    internal const string Blocked = "mkfifo \"$1\"; exec 3<>\"$1\"; rm \"$1\"; head -c 65536 /dev/zero >&3";

    // A pipe without a reader: it was opened for both, so that opening it for writing does not wait, and then for writing alone.
    private const string Gone = "mkfifo \"$1\"; exec 3<>\"$1\" 4>\"$1\" 3>&-; rm \"$1\"";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // (what is printed is lost: 1, or 141 as if SIGPIPE had ended it; and all other codes are as ever)
    [Theory]
    [InlineData(1, 141, "--help")]
    [InlineData(1, 141, "--version")]
    [InlineData(1, 141, "run", "--help")]
    [InlineData(1, 141, "inspect", "guest:fault")]
    [InlineData(2, 2, "bogus")]
    [InlineData(2, 2, "run")]
    [InlineData(1, 1, "run", "nofile")]
    [InlineData(7, 7, "run", "guest:fault", "exit", "7")]
    [InlineData(7, 7, "run", "--trace", "guest:fault", "exit", "7")]
    [InlineData(134, 134, "run", "guest:fault", "unreachable")]
    [InlineData(124, 124, "run", "--timeout", "0.5", "guest:loop")]
    [InlineData(255, 255, "run", "guest:fault", "exit", "512")]
    [InlineData(1, 1, "serve", "guest:no_start")]
    public async Task Command_WithBrokenStreams_ReturnsItsOwnCode(int expected, int expectedIfGone, params string[] arguments)
    {
        const string Guest = "guest:";
        var command = arguments
            .Select(argument => argument.StartsWith(Guest, StringComparison.Ordinal) ? ToolProcess.Guest(argument[Guest.Length..]) : argument).ToArray();
        var codes = await Task.WhenAll(
            CodeAsync(">/dev/full 2>/dev/full", command), CodeAsync("<&- >&- 2>&-", command), CodeAsync(">&4 2>&4", command, Gone));
        codes.Should().Equal(expected, expected, expectedIfGone);
    }

    [Fact]
    public async Task Command_ThatCannotPrint_SaysSoInOneLine()
    {
        var result = await ToolProcess.FinishAsync(ToolProcess.StartRedirected(">/dev/full", "", ["--help"]), input: null);
        result.Should().Be(new ToolResult(1, string.Empty, "wasicloud: Standard output cannot be written: no space is left.\n"));
    }

    [Theory]
    [InlineData(1, ">/dev/full", (int)Errno.NoSpc)]
    [InlineData(1, ">&-", (int)Errno.BadF)]
    [InlineData(1, ">&4", (int)Errno.Pipe)]
    [InlineData(1, ">/dev/null", (int)Errno.Success)]
    [InlineData(2, "2>/dev/full", (int)Errno.NoSpc)]
    [InlineData(2, "2>&-", (int)Errno.BadF)]
    [InlineData(2, "2>&4", (int)Errno.Pipe)]
    public async Task Guest_WritesToABrokenStream_GetsItsErrno(int descriptor, string redirection, int expected)
    {
        var guest = _folder.Write("guest.wasm", SmallGuest.Assemble(SmallGuest.ExitWith(SmallGuest.Write(descriptor))));
        (await CodeAsync(redirection, ["run", guest], redirection.EndsWith('4') ? Gone : ":")).Should().Be(expected);
    }

    // setrlimit(2): SIGXFSZ ends a program that does not ignore it. The runtime has files in memory that are longer, unless it is told not to.
    [Fact]
    public async Task Guest_WritesMoreThanAFileMayHave_GetsAPartAndThenFBig()
    {
        var guest = _folder.Write("guest.wasm", SmallGuest.Assemble($"(drop {SmallGuest.Write(1, 4096)}) {SmallGuest.ExitWith(SmallGuest.Write(1, 4096))}"));
        const string Limited = "export DOTNET_EnableWriteXorExecute=0; ulimit -f 9";
        var output = Path.Combine(_folder.Path, "output");
        (await CodeAsync(">\"$1\"", ["run", "--no-cache", guest], Limited, output)).Should().Be(0);
        (await CodeAsync(">>\"$1\"", ["run", "--no-cache", guest], Limited, output)).Should().Be((int)Errno.FBig);
        new FileInfo(output).Length.Should().Be(9 * 512);
    }

    [Theory]
    [InlineData("<&-", (int)Errno.BadF)]
    [InlineData("</", (int)Errno.IsDir)]
    [InlineData("</dev/null", (int)Errno.Success)]
    public async Task Guest_ReadsABrokenStream_GetsItsErrno(string redirection, int expected)
    {
        var guest = _folder.Write("guest.wasm", SmallGuest.Assemble(SmallGuest.ExitWith(SmallGuest.Read(0))));
        (await CodeAsync(redirection, ["run", guest])).Should().Be(expected);
    }

    // Both ends of a pipe that nobody reads: filled before, so that the first write waits.
    [Theory]
    [InlineData(124, ">&3", "run", "--timeout", "0.5", "write")]
    [InlineData(124, ">/dev/null 2>&3", "run", "--trace", "--timeout", "0.5", "write")]
    [InlineData(2, "2>&3", "bogus")]
    public async Task Command_WhoseOutputNobodyReads_EndsAllTheSame(int expected, string redirection, params string[] arguments)
    {
        var guest = _folder.Write("guest.wasm", SmallGuest.Assemble(SmallGuest.WriteForEver));
        (await CodeAsync(redirection, [.. arguments.Select(argument => argument == "write" ? guest : argument)], Blocked)).Should().Be(expected);
    }

    [Theory]
    [InlineData("257", 1)]
    [InlineData("256", 255)]
    [InlineData("512", 255)]
    [InlineData("-256", 255)]
    [InlineData("-1", 255)]
    public async Task Guest_ExitsWithMoreThanEightBits_IsNeverTakenForSuccess(string code, int expected)
    {
        var result = await ToolProcess.RunAsync(ToolProcess.Guest("fault"), "exit", code);
        result.ExitCode.Should().Be(expected);
        var isFolded = int.Parse(code, System.Globalization.CultureInfo.InvariantCulture) % 256 == 0;
        result.Error.Should().MatchRegex(isFolded ? "^wasicloud: [^\n]*exit code [0-9]+ [^\n]*\n$" : "^$");
    }

    private async Task<int> CodeAsync(string redirection, string[] command, string before = ":", string? word = null)
    {
        var process = ToolProcess.StartRedirected(redirection, word ?? Path.Combine(_folder.Path, Path.GetRandomFileName()), command, before);
        return (await ToolProcess.FinishAsync(process, input: null)).ExitCode;
    }
}
