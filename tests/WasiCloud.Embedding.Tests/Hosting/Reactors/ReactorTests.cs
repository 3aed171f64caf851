using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Reactors;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

public sealed class ReactorTests : IDisposable
{
    // Counts from what _initialize sets.
    private const string Counter = """
        (module
          (memory (export "memory") 1)
          (global $count (mut i32) (i32.const 0))
          (func (export "_initialize") (global.set $count (i32.const 100)))
          (func (export "add") (param i32) (result i32)
            (global.set $count (i32.add (global.get $count) (local.get 0)))
            (global.get $count))
          (func (export "forever") (loop (br 0)))
          (func (export "trap") unreachable))
        """;

    private const string Numbers = """
        (module
          (func (export "nothing"))
          (func (export "i32") (param i32) (result i32) (local.get 0))
          (func (export "i64") (param i64) (result i64) (local.get 0))
          (func (export "f32") (param f32) (result f32) (local.get 0))
          (func (export "f64") (param f64) (result f64) (local.get 0))
          (func (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
          (func (export "vector") (param v128))
          (func (export "many")
            (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
            (i32.sub (local.get 19) (local.get 0))))
        """;

    // Waits an hour in poll_oneoff; exits with a code.
    private const string Waiter = """
        (module
          (import "test" "entered" (func $entered))
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "exit") (param i32) (call $exit (local.get 0)))
          (func (export "forever") (call $entered) (loop (br 0)))
          (func (export "sleep") (result i32)
            (call $entered)
            (i32.store (i32.const 16) (i32.const 1))
            (i64.store (i32.const 24) (i64.const 3600000000000))
            (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
        """;

    // Opens response/body, relative to descriptor 3, writes a text and leaves it open.
    private const string OpensResponse = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "response/body")
          (data (i32.const 100) "welcome")
          (data (i32.const 200) "\64\00\00\00\07\00\00\00")
          (func (export "respond") (result i32)
            (if (result i32) (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 13) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0)
              (i32.const 300))
              (then (i32.const 1))
              (else (call $write (i32.load (i32.const 300)) (i32.const 200) (i32.const 1) (i32.const 400))))))
        """;

    private readonly SemaphoreSlim _entered = new(0);

    public void Dispose() => _entered.Dispose();

    [Fact]
    public async Task Call_Again_FindsWhatTheLastCallLeft()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Counter);
        var add = instance.GetFunction("add");

        add.Call(1).ToInt32().Should().Be(101);
        add.Call(2).ToInt32().Should().Be(103);
        (await add.CallAsync(3))[0].ToInt32().Should().Be(106);
        instance.MemoryBytes.Should().Be(64 << 10);
    }

    [Fact]
    public async Task Start_Twice_GivesInstancesThatShareNothing()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(Counter);
        await using var first = await host.Host.StartAsync(module, new InvocationRequest());
        await using var second = await host.Host.StartAsync(module, new InvocationRequest());

        first.GetFunction("add").Call(7);

        second.GetFunction("add").Call(1).ToInt32().Should().Be(101);
    }

    [Fact]
    public async Task Call_EveryNumberType_PassesItBitForBit()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Numbers);

        instance.GetFunction("nothing").Call().Type.Should().Be(GuestValueType.None);
        instance.GetFunction("i32").Call(int.MinValue).ToInt32().Should().Be(int.MinValue);
        instance.GetFunction("i32").Call(uint.MaxValue).ToUInt32().Should().Be(uint.MaxValue);
        instance.GetFunction("i64").Call(long.MinValue).ToInt64().Should().Be(long.MinValue);
        instance.GetFunction("f32").Call(-0f).Should().Be((GuestValue)(-0f));
        instance.GetFunction("f64").Call(double.NaN).Should().Be((GuestValue)double.NaN);
        var swapped = await instance.GetFunction("swap").CallAsync(5, 0.5);
        swapped.Should().Equal(0.5, 5);
        instance.GetFunction("swap").Call(5, 0.5).ToDouble().Should().Be(0.5);
        var many = Enumerable.Range(1, 20).Select(number => (GuestValue)number).ToArray();
        instance.GetFunction("many").Call(many).ToInt32().Should().Be(19);
    }

    [Fact]
    public async Task Call_WrongArguments_SaysWhich()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Numbers);
        var swap = instance.GetFunction("swap");

        swap.Invoking(it => it.Call(1)).Should().Throw<ArgumentException>().WithMessage("*'swap' takes 2 arguments, not 1*");
        swap.Invoking(it => it.Call(1, 2)).Should().Throw<ArgumentException>().WithMessage("*Argument 1 of 'swap' must be F64, not I32*");
        swap.Invoking(it => it.Call([1, 2.0], new GuestValue[1])).Should().Throw<ArgumentException>().WithMessage("*returns 2 values*1 places*");
        instance.Invoking(it => it.GetFunction("sawp")).Should().Throw<KeyNotFoundException>().WithMessage("*'sawp'*exports: *swap*");
        instance.Invoking(it => it.GetFunction("vector")).Should().Throw<NotSupportedException>().WithMessage("*vector(v128)*");
        swap.Call(5, 0.5).ToDouble().Should().Be(0.5, "a wrong argument is the caller's failure, not the guest's");
    }

    [Fact]
    public async Task Invoke_Reactor_SaysToStartIt()
    {
        await using var host = new TestHost();
        var reactor = await host.LoadTextAsync(Counter);
        var command = await host.LoadGuestAsync("empty");

        reactor.Kind.Should().Be(GuestModuleKind.Reactor);
        (await host.Awaiting(it => it.Host.InvokeAsync(reactor, new InvocationRequest())).Should().ThrowAsync<ArgumentException>())
            .WithMessage("*reactor*StartAsync*").WithParameterName("module");
        command.Kind.Should().Be(GuestModuleKind.Command);
        (await host.Awaiting(it => it.Host.StartAsync(command, new InvocationRequest())).Should().ThrowAsync<ArgumentException>())
            .WithMessage("*command*InvokeAsync*").WithParameterName("module");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_ThatTraps_EndsTheInstance(bool onGuestThread)
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Counter);
        var trap = instance.GetFunction("trap");

        Func<Task> call = async () => _ = onGuestThread ? (await trap.CallAsync())[0] : trap.Call();

        (await call.Should().ThrowAsync<GuestTrapException>()).Which.Code.Should().Be(GuestTrapCode.Unreachable);
        await instance.Awaiting(it => it.Completion.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestTrapException>();
        instance.Invoking(it => it.GetFunction("add")).Should().Throw<InvalidOperationException>().WithInnerException<GuestTrapException>();
        await call.Should().ThrowAsync<InvalidOperationException>();
        instance.MemoryBytes.Should().Be(0);
    }

    [Fact]
    public async Task Start_InitializeTraps_IsTheFailure()
    {
        await using var host = new TestHost(options => options.MaxConcurrentInvocations = 1);
        var text = """(module (memory (export "memory") 1) (func (export "_initialize") unreachable))""";

        for (var attempt = 0; attempt < 3; attempt++)
            await host.Awaiting(it => it.StartTextAsync(text)).Should().ThrowAsync<GuestTrapException>("the slot came back");
    }

    [Fact]
    public async Task Start_StartSectionTraps_IsTheFailure()
    {
        await using var host = new TestHost();

        await host.Awaiting(it => it.StartTextAsync("""
            (module (func $start unreachable) (start $start) (func (export "f")))
            """)).Should().ThrowAsync<GuestTrapException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Call_ThatExits_EndsTheInstanceWithItsCode(int code)
    {
        await using var host = CreateHost();
        await using var instance = await host.StartTextAsync(Waiter);

        instance.GetFunction("exit").Invoking(it => it.Call(code)).Should().Throw<GuestExitException>().Which.ExitCode.Should().Be(code);

        if (code == 0) (await instance.Completion.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
        else await instance.Awaiting(it => it.Completion.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestExitException>();
    }

    [Fact]
    public async Task Call_PastItsTimeWhileComputing_IsInterrupted()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Counter);

        var call = () => instance.GetFunction("forever").Call(new GuestCallOptions { Timeout = TimeSpan.FromMilliseconds(20) }, CancellationToken.None);

        var failure = call.Should().Throw<GuestLimitException>().Which;
        (failure.Limit, failure.Value).Should().Be((GuestLimit.Time, 20));
    }

    [Fact]
    public async Task Call_PastItsTimeWhileWaiting_IsInterrupted()
    {
        var time = new TimerSignal();
        await using var host = CreateHost(time);
        await using var instance = await host.StartTextAsync(Waiter, new InvocationRequest { Timeout = TimeSpan.FromMinutes(1) });
        var call = instance.GetFunction("sleep").CallAsync();

        // The invocation's own, which is infinite, and that of the wait.
        await time.CreatedAsync(2);
        time.Advance(TimeSpan.FromMinutes(1));

        (await FluentActions.Awaiting(() => call.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>()).Which.Limit
            .Should().Be(GuestLimit.Time);
    }

    [Theory]
    [InlineData("forever")]
    [InlineData("sleep")]
    public async Task Call_Cancelled_EndsIt(string function)
    {
        await using var host = CreateHost();
        await using var instance = await host.StartTextAsync(Waiter);
        using var cancellation = new CancellationTokenSource();

        var call = await EnterAsync(instance.GetFunction(function), cancellation.Token);
        await cancellation.CancelAsync();

        (await FluentActions.Awaiting(() => call.WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(cancellation.Token);
        instance.Invoking(it => it.GetFunction(function)).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public async Task Call_CancelledBeforeItsTurn_LeavesTheInstanceAlone()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Counter);
        var add = instance.GetFunction("add");

        add.Invoking(it => it.Call(default, new CancellationToken(canceled: true), 1)).Should().Throw<OperationCanceledException>();

        add.Call(1).ToInt32().Should().Be(101);
    }

    [Theory]
    [InlineData("forever")]
    [InlineData("sleep")]
    public async Task Dispose_DuringACall_EndsIt(string function)
    {
        await using var host = CreateHost();
        var instance = await host.StartTextAsync(Waiter);
        var called = instance.GetFunction(function);
        var call = await EnterAsync(called);
        var next = called.CallAsync();

        await instance.DisposeAsync().AsTask().WaitAsync(TestHost.Patience);

        await FluentActions.Awaiting(() => call.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await FluentActions.Awaiting(() => next.WaitAsync(TestHost.Patience)).Should().ThrowAsync<InvalidOperationException>();
        await instance.Awaiting(it => it.Completion).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task DisposeHost_WithInstances_EndsThem()
    {
        var host = CreateHost();
        var idle = await host.StartTextAsync(Counter);
        var busy = await host.StartTextAsync(Waiter);
        var call = await EnterAsync(busy.GetFunction("sleep"));

        await host.DisposeAsync();

        await FluentActions.Awaiting(() => call.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await idle.Awaiting(it => it.Completion).Should().ThrowAsync<OperationCanceledException>();
        idle.Invoking(it => it.GetFunction("add")).Should().Throw<InvalidOperationException>();
        await idle.DisposeAsync();
        await idle.DisposeAsync();
    }

    [Fact]
    public async Task Call_FromManyThreads_RunsOneAtATime()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Counter);
        var add = instance.GetFunction("add");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (var round = 0; round < 200; round++) _ = thread % 2 == 0 ? add.Call(1) : (await add.CallAsync(1))[0];
        })));

        add.Call(0).ToInt32().Should().Be(100 + (8 * 200));
    }

    [Fact]
    public async Task Call_OnAThreadWithLittleStack_StillRuns()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync("""
            (module (func $deep (export "deep") (param i32) (result i32)
              (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 7)) (else (call $deep (i32.sub (local.get 0) (i32.const 1)))))))
            """);
        var result = 0;
        Exception? overflow = null;
        var thread = new Thread(
            () =>
            {
                result = instance.GetFunction("deep").Call(5_000).ToInt32();
                overflow = Record.Exception(() => instance.GetFunction("deep").Call(int.MaxValue));
            },
            maxStackSize: 256 << 10);

        thread.Start();
        thread.Join();

        result.Should().Be(7);
        overflow.Should().BeOfType<GuestTrapException>().Which.Code.Should().Be(GuestTrapCode.StackOverflow);
    }

    [Fact]
    public async Task Memory_WhatTheHostWrites_TheGuestReads()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(
            """(module (memory (export "memory") 1) (func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0))))""");
        var last = (64u << 10) - 1;

        instance.WriteMemory(last, [42]);

        instance.GetFunction("read").Call(last).ToInt32().Should().Be(42);
        var read = new byte[2];
        instance.ReadMemory(last - 1, read);
        read.Should().Equal(0, 42);
        instance.Invoking(it => it.ReadMemory(last, new byte[2])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*2 bytes*65536 bytes*");
        instance.Invoking(it => it.WriteMemory(uint.MaxValue, [1])).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task Dispose_WithAnOpenResponse_CompletesIt()
    {
        await using var host = new TestHost();
        var instance = await host.StartTextAsync(OpensResponse);
        instance.GetFunction("respond").Call().ToInt32().Should().Be(0);

        await instance.DisposeAsync();

        await using var response = await instance.Response;
        using var body = new MemoryStream();
        await response.Body.CopyToAsync(body);
        Encoding.UTF8.GetString(body.ToArray()).Should().Be("welcome");
        (await instance.Completion).ResponseBytes.Should().Be(7);
    }

    [Fact]
    public async Task Call_AllocatesNothing()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Counter);
        var add = instance.GetFunction("add");
        for (var warmUp = 0; warmUp < 100; warmUp++) add.Call(1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++) add.Call(1);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    private TestHost CreateHost(TimeProvider? time = null) =>
        new(build: builder => builder.AddImport("test", "entered", [], [], _ => _entered.Release()), time: time);

    // A call that the guest has begun to execute.
    private async Task<Task<GuestValue[]>> EnterAsync(GuestFunction function, CancellationToken cancellationToken = default)
    {
        var call = function.CallAsync(default, cancellationToken);
        (await _entered.WaitAsync(TestHost.Patience, CancellationToken.None)).Should().BeTrue();
        return call;
    }
}
