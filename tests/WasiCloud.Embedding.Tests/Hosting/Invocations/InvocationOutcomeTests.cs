using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

public sealed class InvocationOutcomeTests
{
    [Fact]
    public async Task Invoke_GuestThatReturns_CompletesWithZero()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("empty");

        await using var response = await host.Host.InvokeAsync(module, new InvocationRequest());

        response.StatusCode.Should().Be(204);
        var completion = await response.Completion;
        completion.ExitCode.Should().Be(0);
        completion.MemoryBytes.Should().Be(65_536);
    }

    [Fact]
    public async Task Invoke_GuestThatExitsWithZero_CompletesWithZero()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("fault");

        (await host.RunAsync(module, TestHost.WithArguments("exit", "0"))).ExitCode.Should().Be(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(42)]
    [InlineData(-1)]
    public async Task Invoke_GuestThatExitsWithAnotherCode_ThrowsIt(int code)
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("fault");

        var failure = await host.Awaiting(it =>
            it.RunAsync(module, TestHost.WithArguments("exit", code.ToString(System.Globalization.CultureInfo.InvariantCulture))))
            .Should().ThrowAsync<GuestExitException>();

        failure.Which.ExitCode.Should().Be(code);
    }

    [Fact]
    public async Task Invoke_GuestThatTraps_ThrowsCodeAndNamedBacktrace()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("trap");

        var failure = await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestTrapException>();

        failure.Which.Code.Should().Be(GuestTrapCode.Unreachable);
        failure.Which.Backtrace.Select(frame => frame.FunctionName).Should().Equal("innermost", "middle", "outermost", "_start");
        failure.Which.Backtrace.Should().OnlyContain(frame => frame.ModuleOffset > 0);
        failure.Which.Message.Should().Contain("unreachable").And.Contain("innermost");
    }

    [Theory]
    [InlineData("(drop (i32.div_u (i32.const 1) (i32.const 0)))", GuestTrapCode.IntegerDivisionByZero)]
    [InlineData("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", GuestTrapCode.IntegerOverflow)]
    [InlineData("(drop (i32.load (i32.const 65536)))", GuestTrapCode.MemoryOutOfBounds)]
    [InlineData("(drop (i32.load offset=0xffffffff (i32.const -1)))", GuestTrapCode.MemoryOutOfBounds)]
    [InlineData("(drop (i32.trunc_f32_s (f32.const nan)))", GuestTrapCode.BadConversionToInteger)]
    [InlineData("(call_indirect $table (i32.const 0))", GuestTrapCode.IndirectCallToNull)]
    [InlineData("(call_indirect $table (i32.const 9))", GuestTrapCode.TableOutOfBounds)]
    [InlineData("(drop (call_indirect $table (result i32) (i32.const 1)))", GuestTrapCode.BadSignature)]
    public async Task Invoke_EachTrap_HasItsCode(string body, GuestTrapCode code)
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync($"""
            (module
              (memory (export "memory") 1)
              (table $table 2 funcref)
              (elem (i32.const 1) $main)
              (func $main (export "_start") {body}))
            """);

        var failure = await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestTrapException>();

        failure.Which.Code.Should().Be(code);
    }

    [Fact]
    public async Task Invoke_ExitFromNestedFrames_IsAnExitAndNoTrap()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $down (i32.const 100)) unreachable", declarations: """
            (func $down (param $depth i32)
              (if (i32.eqz (local.get $depth)) (then (call $exit (i32.const 0))))
              (call $down (i32.sub (local.get $depth) (i32.const 1)))
              unreachable)
            """));

        (await host.RunAsync(module)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Invoke_StartSection_MayCallTheHost()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "", text: "from start", declarations: """
            (func $begin (call $write_to (i32.const 1)))
            (start $begin)
            """));

        await host.RunAsync(module);

        host.Logs[4].Should().ContainSingle().Which.Values["Line"].Should().Be("from start");
    }

    [Fact]
    public async Task Invoke_StartSectionThatExits_SkipsTheMainFunction()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "unreachable", declarations: """
            (func $begin (call $exit (i32.const 0)))
            (start $begin)
            """));

        (await host.RunAsync(module)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Invoke_DataThatDoesNotFit_IsATrap()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync("""(module (memory (export "memory") 1) (data (i32.const 65535) "ab") (func (export "_start")))""");

        var failure = await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestTrapException>();

        failure.Which.Code.Should().Be(GuestTrapCode.MemoryOutOfBounds);
    }

    [Theory]
    [InlineData("stackoverflow")]
    [InlineData("stackoverflow-hostcall")]
    public async Task Invoke_InfiniteRecursion_IsAStackOverflow(string fault)
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("fault");

        var failure = await host.Awaiting(it => it.RunAsync(module, TestHost.WithArguments(fault))).Should().ThrowAsync<GuestTrapException>();

        failure.Which.Code.Should().Be(GuestTrapCode.StackOverflow);
        failure.Which.Backtrace.Should().NotBeEmpty();
    }

    [Fact]
    public async Task Invoke_RecursionWithAMountCallInEachFrame_LeavesTheMountItsStack()
    {
        static int Use(int kibibytes)
        {
            Span<byte> frame = stackalloc byte[1 << 10];
            frame.Fill(1);
            return kibibytes == 0 ? frame[7] : Use(kibibytes - 1) + frame[9];
        }

        var mount = new TestMount { OnRead = _ => new(Use(200) * 0) };
        await using var host =
            new TestHost(options => options.MaxStackBytes = 64 << 10, builder => builder.AddMount("/test", FileAccess.ReadWrite, _ => mount));
        var module = await host.LoadTextAsync(GuestText.Command(
            "test/file", "(call $open) (call $down)", declarations: "(func $down (call $read) (call $down) (call $read))"));

        var failure = await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestTrapException>();

        failure.Which.Code.Should().Be(GuestTrapCode.StackOverflow);
    }
}
