using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Imports;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

public class ImportTests
{
    private const string CallsLog = """
        (module
          (import "env" "log" (func $log (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 8) "hello")
          (func (export "say") (param i32 i32) (result i32) (call $log (local.get 0) (local.get 1))))
        """;

    [Fact]
    public async Task Import_Called_SeesArgumentsMemoryAndWhoCalls()
    {
        string? heard = null;
        await using var host =
            new TestHost(build: builder => builder.AddImport("env", "log", [GuestValueType.I32, GuestValueType.I32], [GuestValueType.I32], call =>
        {
            var text = call.GetMemory(call.Arguments[0].ToUInt32(), call.Arguments[1].ToUInt32());
            heard = call.Invocation.GetFeature<string>() + ":" + Encoding.UTF8.GetString(text);
            text.Clear();
            call.Results[0] = text.Length;
        }));
        await using var instance = await host.StartTextAsync(CallsLog, new InvocationRequest { Features = ["player 7"] });

        instance.GetFunction("say").Call(8, 5).ToInt32().Should().Be(5);

        heard.Should().Be("player 7:hello");
        var cleared = new byte[5];
        instance.ReadMemory(8, cleared);
        cleared.Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public async Task Import_OfACommand_IsCalledToo()
    {
        var calls = 0;
        await using var host = new TestHost(build: builder => builder.AddImport("env", "tick", [], [], _ => calls++));
        var module = await host.LoadTextAsync("""
            (module (import "env" "tick" (func $tick)) (memory (export "memory") 1) (func (export "_start") (call $tick) (call $tick)))
            """);

        await host.RunAsync(module);

        calls.Should().Be(2);
    }

    [Fact]
    public async Task Import_EveryNumberType_ArrivesAndReturns()
    {
        GuestValue[] heard = [];
        await using var host = new TestHost(build: builder => builder.AddImport(
            "env", "all", [GuestValueType.I32, GuestValueType.I64, GuestValueType.F32, GuestValueType.F64], [GuestValueType.F64, GuestValueType.I64], call =>
            {
                heard = call.Arguments.ToArray();
                (call.Results[0], call.Results[1]) = (0.25, long.MinValue);
            }));
        await using var instance = await host.StartTextAsync("""
            (module
              (import "env" "all" (func $all (param i32 i64 f32 f64) (result f64 i64)))
              (memory (export "memory") 1)
              (func (export "go") (result f64 i64) (call $all (i32.const -1) (i64.const -2) (f32.const 0.5) (f64.const -0.5))))
            """);

        var results = await instance.GetFunction("go").CallAsync();

        heard.Should().Equal(-1, -2L, 0.5f, -0.5);
        results.Should().Equal(0.25, long.MinValue);
    }

    [Fact]
    public async Task Import_ResultThatIsNotSet_IsZero()
    {
        await using var host =
            new TestHost(build: builder => builder.AddImport("env", "log", [GuestValueType.I32, GuestValueType.I32], [GuestValueType.I32], _ => { }));
        await using var instance = await host.StartTextAsync(CallsLog);

        instance.GetFunction("say").Call(8, 5).ToInt32().Should().Be(0);
    }

    [Fact]
    public async Task Import_RangeBeyondTheMemory_EndsTheGuest()
    {
        await using var host =
            new TestHost(build: builder => builder.AddImport("env", "log", [GuestValueType.I32, GuestValueType.I32], [GuestValueType.I32], call =>
            call.Results[0] = call.GetMemory(call.Arguments[0].ToUInt32(), call.Arguments[1].ToUInt32()).Length));
        await using var atTheEnd = await host.StartTextAsync(CallsLog);

        atTheEnd.GetFunction("say").Call(65536, 0).ToInt32().Should().Be(0);
        foreach (var (address, length) in ((uint, uint)[])[(65535, 2), (65537, 0), (0, uint.MaxValue), (uint.MaxValue, 1), (uint.MaxValue, uint.MaxValue)])
        {
            await using var instance = await host.StartTextAsync(CallsLog);
            var failure = instance.GetFunction("say").Invoking(it => it.Call(address, length)).Should().Throw<GuestTrapException>()
                .WithMessage($"*env.log failed*{length} bytes*65536 bytes*");
            failure.WithInnerException<ArgumentOutOfRangeException>();
        }
    }

    [Fact]
    public async Task Import_ThatThrows_EndsTheGuestWithTheReason()
    {
        await using var host = new TestHost(build: builder =>
            builder.AddImport("env", "log", [GuestValueType.I32, GuestValueType.I32], [GuestValueType.I32],
                _ => throw new InvalidDataException("no such player")));
        await using var instance = await host.StartTextAsync(CallsLog);

        instance.GetFunction("say").Invoking(it => it.Call(0, 0)).Should().Throw<GuestTrapException>().WithMessage("*env.log failed: no such player*")
            .WithInnerException<InvalidDataException>();
        await instance.Awaiting(it => it.Completion.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestTrapException>();
    }

    [Fact]
    public async Task Import_ResultOfAnotherType_EndsTheGuest()
    {
        await using var host = new TestHost(build: builder =>
            builder.AddImport("env", "log", [GuestValueType.I32, GuestValueType.I32], [GuestValueType.I32], call => call.Results[0] = 1.5));
        await using var instance = await host.StartTextAsync(CallsLog);

        instance.GetFunction("say").Invoking(it => it.Call(0, 0)).Should().Throw<GuestTrapException>().WithMessage("*env.log*Result 0 is F64; it must be I32*");
    }

    [Fact]
    public async Task Import_ThatCallsTheInstance_IsRefused()
    {
        GuestInstance? self = null;
        await using var host = new TestHost(build: builder =>
            builder.AddImport("env", "log", [GuestValueType.I32, GuestValueType.I32], [GuestValueType.I32], _ => self!.ReadMemory(0, new byte[1])));
        await using var instance = self = await host.StartTextAsync(CallsLog);

        instance.GetFunction("say").Invoking(it => it.Call(0, 0)).Should().Throw<GuestTrapException>().WithInnerException<InvalidOperationException>()
            .WithMessage("*is calling this function*");
    }

    [Theory]
    [InlineData("(func (param i32) (result i32))")]
    [InlineData("(func (param i32 i32))")]
    [InlineData("(func (param i32 i64) (result i32))")]
    [InlineData("(global i32)")]
    public async Task Load_ImportOfAnotherSignature_NamesIt(string type)
    {
        await using var host =
            new TestHost(build: builder => builder.AddImport("env", "log", [GuestValueType.I32, GuestValueType.I32], [GuestValueType.I32], _ => { }));
        var text = $"""(module (import "env" "log" {type}) (memory (export "memory") 1) (func (export "f")))""";

        await host.Awaiting(it => it.LoadTextAsync(text)).Should().ThrowAsync<InvalidGuestModuleException>().WithMessage("*env.log*");
        await host.Awaiting(it => it.LoadTextAsync(text, new GuestModuleOptions { TrapUnknownImports = true }))
            .Should().ThrowAsync<InvalidGuestModuleException>().WithMessage("*env.log*");
    }

    [Theory]
    [InlineData("env", "twice", "*env.twice cannot be offered*")]
    [InlineData("wasi_snapshot_preview1", "fd_write", "*wasi_snapshot_preview1.fd_write cannot be offered*")]
    public void Host_ImportOfATakenName_DoesNotStart(string module, string name, string message)
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options => (options.MaxConcurrentInvocations, options.Execution) = (1, TestExecution.Value))
            .AddImport("env", "twice", [], [], _ => { }).AddImport(module, name, [], [], _ => { });
        using var provider = services.BuildServiceProvider();

        provider.Invoking(it => it.GetRequiredService<IInvocationHost>()).Should().Throw<InvalidOperationException>().WithMessage(message);
    }

    [Fact]
    public void AddImport_TypeThatIsNone_IsRefused() =>
        new ServiceCollection().AddWasiCloud().Invoking(it => it.AddImport("env", "f", [GuestValueType.None], [], _ => { }))
            .Should().Throw<ArgumentException>();

    [Fact]
    public async Task Load_UnknownImportsTrapped_TrapOnlyWhenCalled()
    {
        await using var host = new TestHost();
        var text = """
            (module
              (import "browser" "alert: func(text: string)" (func $alert (param externref v128)))
              (memory (export "memory") 1)
              (func (export "quiet") (result i32) (i32.const 1))
              (func (export "loud") (call $alert (ref.null extern) (v128.const i64x2 0 0))))
            """;
        var module = await host.LoadTextAsync(text, new GuestModuleOptions { TrapUnknownImports = true });
        await using var instance = await host.Host.StartAsync(module, new InvocationRequest());

        instance.GetFunction("quiet").Call().ToInt32().Should().Be(1);

        instance.GetFunction("loud").Invoking(it => it.Call()).Should().Throw<GuestTrapException>()
            .WithMessage("*call of browser.alert: func(text: string), which this host does not offer*");
        await host.Awaiting(it => it.LoadTextAsync(text)).Should().ThrowAsync<InvalidGuestModuleException>("the option is the module's, not the host's")
            .WithMessage("*browser.alert*");
    }
}
