using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Reactors;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

public class InstanceEndTests
{
    private const string Guest = """
        (module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (global (export "counter") i32 (i32.const 0))
          (func (export "trap") unreachable)
          (func (export "exit") (param i32) (call $exit (local.get 0)))
          (func (export "forever") (loop (br 0)))
          (func (export "answer") (result i32) (i32.const 42)))
        """;

    [Fact]
    public async Task HasEnded_OfAnInstanceThatLives_IsFalse()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Guest);

        instance.GetFunction("answer").Call();

        (instance.HasEnded, instance.Failure).Should().Be((false, null));
    }

    [Fact]
    public async Task Failure_AfterACallThatFailed_IsWhatTheCallThrew()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Guest);
        var (trap, answer) = (instance.GetFunction("trap"), instance.GetFunction("answer"));

        var thrown = trap.Invoking(it => it.Call()).Should().Throw<GuestTrapException>().Which;

        // At once, not only when everything is released.
        instance.HasEnded.Should().BeTrue();
        instance.Failure.Should().BeSameAs(thrown);
        foreach (var use in (Action[])
        [
            () => answer.Call(), () => instance.GetFunction("answer"), () => instance.TryGetFunction("answer", out _), () => instance.ReadMemory(0,
                new byte[1]),
            () => instance.WriteMemory(0, [1]), () => instance.GetFunction<int>("answer"),
        ])
        {
            var ended = use.Should().Throw<GuestEndedException>().Which;
            ended.Message.Should().Be("The instance of 'text' has ended.");
            ended.Failure.Should().BeSameAs(thrown);
            ended.InnerException.Should().BeSameAs(thrown);
        }

        (await answer.Awaiting(it => it.CallAsync()).Should().ThrowAsync<GuestEndedException>()).Which.Failure.Should().BeSameAs(thrown);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Failure_AfterAnExit_IsTheExit(int code)
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Guest);

        instance.GetFunction("exit").Invoking(it => it.Call(code)).Should().Throw<GuestExitException>();

        instance.HasEnded.Should().BeTrue();
        instance.Failure.Should().BeOfType<GuestExitException>().Which.ExitCode.Should().Be(code);
    }

    [Fact]
    public async Task Failure_AfterALimitAndACancellation_SaysWhich()
    {
        using var cancellation = new CancellationTokenSource();
        await using var host = new TestHost(build: builder => builder.AddImport("env", "cancel", cancellation.Cancel));
        await using var late = await host.StartTextAsync(Guest);
        await using var cancelled = await host.StartTextAsync("""
            (module
              (import "env" "cancel" (func $cancel)) (memory (export "memory") 1) (func (export "forever") (call $cancel) (loop (br 0))))
            """);

        late.GetAction("forever").Invoking(it => it.Call(new GuestCallOptions { Timeout = TimeSpan.FromMilliseconds(20) }))
            .Should().Throw<GuestLimitException>();
        cancelled.GetAction("forever").Invoking(it => it.Call(default, cancellation.Token)).Should().Throw<OperationCanceledException>();

        late.Failure.Should().BeOfType<GuestLimitException>().Which.Limit.Should().Be(GuestLimit.Time);
        cancelled.Failure.Should().BeOfType<OperationCanceledException>().Which.CancellationToken.Should().Be(cancellation.Token);
    }

    [Fact]
    public async Task Failure_OfAnInstanceThatWasDisposed_IsNone()
    {
        await using var host = new TestHost();
        var instance = await host.StartTextAsync(Guest);
        var answer = instance.GetFunction("answer");

        await instance.DisposeAsync();

        (instance.HasEnded, instance.Failure).Should().Be((true, null));
        answer.Invoking(it => it.Call()).Should().Throw<GuestEndedException>().Which.Failure.Should().BeNull();
    }

    [Fact]
    public async Task Failure_OfAnInstanceWhoseHostWasDisposed_IsTheCancellation()
    {
        var host = new TestHost();
        var instance = await host.StartTextAsync(Guest);

        await host.DisposeAsync();

        instance.HasEnded.Should().BeTrue();
        instance.Failure.Should().BeOfType<OperationCanceledException>();
        instance.Invoking(it => it.GetFunction("answer")).Should().Throw<GuestEndedException>().WithInnerException<OperationCanceledException>();
    }

    [Theory]
    [InlineData("answer", true)]
    [InlineData("Answer", false)]
    [InlineData("counter", false)]
    [InlineData("memory", false)]
    [InlineData("", false)]
    [InlineData("answer\0", false)]
    [InlineData("\ud800", false)]
    public async Task TryGetFunction_FindsFunctionsOnly(string name, bool exists)
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Guest);

        instance.TryGetFunction(name, out var function).Should().Be(exists);

        (function?.Name).Should().Be(exists ? name : null);
        if (exists) return;
        instance.Invoking(it => it.GetFunction(name)).Should().Throw<KeyNotFoundException>().WithMessage("*it exports: trap, exit, forever, answer.");
    }
}
