using FluentAssertions;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

public class CompilerCommandTests
{
    [Fact]
    public void Find_ConfiguredCommand_GetsTheSwitchAsItsLastArgument()
    {
        var command = CompilerCommand.Find(["bwrap", "--unshare-all", "wasicloud"], isOffered: false);

        command.Program.Should().Be("bwrap");
        command.Arguments.Should().Equal("--unshare-all", "wasicloud", CompilerCommand.Switch);
    }

    [Fact]
    public void Find_ProgramThatDoesNotLookForTheSwitch_IsNotStartedAgain() =>
        FluentActions.Invoking(() => CompilerCommand.Find([], isOffered: false)).Should().Throw<InvalidOperationException>()
            .WithMessage("*'GuestCompiler.RunIfRequested(args);' the first statement*CompilerCommand*");

    [Fact]
    public void Find_ThisProgram_IsItsProcessWithTheSwitch()
    {
        var command = CompilerCommand.Find([], isOffered: true);

        command.Program.Should().Be(Environment.ProcessPath);
        command.Arguments[^1].Should().Be(CompilerCommand.Switch);
    }

    [Theory]
    [InlineData("dotnet|app.dll|--port|80", "/srv/app.dll")]
    [InlineData("dotnet|./app.dll", "/srv/app.dll")]
    [InlineData("dotnet|exec|--roll-forward|Major|--runtimeconfig|x.json|bin/app.dll|app.dll", "exec|--roll-forward|Major|--runtimeconfig|x.json|/srv/app.dll")]
    [InlineData("dotnet|app", "/srv/app.dll")]
    [InlineData("dotnet", "/srv/app.dll")]
    public void BeforeProgram_CommandLineOfTheRuntime_KeepsTheRuntimesArguments(string commandLine, string expected) =>
        CompilerCommand.BeforeProgram(commandLine.Split('|'), "/srv/app.dll").Should().Equal(expected.Split('|'));

    // The tests' own program does not call it.
    [Fact]
    public void Host_OfAProgramThatDoesNotOfferToCompile_IsNotMade() =>
        FluentActions.Invoking(() => new TestHost(options => options.ModuleCompilation = ModuleCompilation.OutOfProcess))
            .Should().Throw<InvalidOperationException>().WithMessage("*RunIfRequested*");
}
