using FluentAssertions;
using Xunit;

namespace WasiCloud.Documentation.Console;

/// <summary>
/// Every command of every page is run, and prints what the page says, or is one of <see cref="CommandsNotRun"/> and then names programs, options and paths that
/// there are.
/// </summary>
public sealed class CommandTests
{
    public static IEnumerable<object[]> ToRun { get; } = Select(command => !IsNotRun(command));

    public static IEnumerable<object[]> NotToRun { get; } = Select(IsNotRun);

    [Theory]
    [MemberData(nameof(ToRun))]
    public async Task Command_ThatIsRun_PrintsWhatThePageSays(string page, int line)
    {
        var command = Find(page, line);
        var (exitCode, output) = await Shell.RunAsync(command.Text);
        output.Should().Be(string.Concat(command.Output.Select(text => text + "\n")),
            "{0} (a command that cannot be run in a test is listed in CommandsNotRun, with the reason)", command);
        exitCode.Should().BeOneOf(0, 1);
    }

    [Theory]
    [MemberData(nameof(NotToRun))]
    public async Task Command_ThatIsNotRun_NamesWhatThereIs(string page, int line)
    {
        var command = Find(page, line);
        (await CommandCheck.ProblemsAsync(command.Text)).Should().BeEmpty("{0}", command);
    }

    [Fact]
    public void Reason_NotToRunACommand_IsNeeded() =>
        CommandsNotRun.All.Where(entry => !ConsoleCommand.All.Any(command => entry.Command.IsMatch(command.Text))).Select(entry => entry.Command.ToString())
            .Should().BeEmpty();

    [Theory]
    [InlineData("wasicloud serve folder --no-such-option", "--no-such-option")]
    [InlineData("wasicloud reserve folder", "reserve")]
    [InlineData("dotnet run --project samples/NoSuchSample", "samples/NoSuchSample")]
    [InlineData("dotnet run --project benchmarks/WasiCloud.Embedding.Benchmarks -- gouge", "gouge")]
    [InlineData("dotnet run --project benchmarks/Soak -- [--no-such-option N]", "--no-such-option")]
    [InlineData("no_such_program --help", "no_such_program")]
    public async Task Check_OfACommandThatCannotWork_SaysWhat(string command, string mistake) =>
        (await CommandCheck.ProblemsAsync(command)).Should().ContainSingle().Which.Should().Contain(mistake);

    private static bool IsNotRun(ConsoleCommand command) => CommandsNotRun.All.Any(entry => entry.Command.IsMatch(command.Text));

    private static ConsoleCommand Find(string page, int line) => ConsoleCommand.All.Single(command => command.Page == page && command.Line == line);

    private static IEnumerable<object[]> Select(Func<ConsoleCommand, bool> filter) =>
        [.. ConsoleCommand.All.Where(filter).Select(command => new object[] { command.Page, command.Line })];
}
