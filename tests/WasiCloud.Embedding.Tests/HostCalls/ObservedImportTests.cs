using System.Collections.Concurrent;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.HostCalls;

/// <summary>What an observer is told of calls of the application's own functions, on both executors.</summary>
public class ObservedImportTests
{
    private const string Imports = """
        (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "env" "add" (func $add (param i32 i32) (result i32)))
        (import "env" "mix" (func $mix (param i32 i64 f32 f64) (result f64 i32 i64)))
        (import "env" "later" (func $later (param i64) (result f32)))
        (import "env" "none" (func $none))
        (memory (export "memory") 1)
        """;

    private delegate void Told(in HostCall call);

    [Fact]
    public async Task Observer_OfCommand_SeesImportsInOrderWithTheOthers()
    {
        await using var host = CreateHost();
        var observer = new RecordingObserver();

        await RunAsync(host, observer, """
            (drop (call $prestat (i32.const 9) (i32.const 400)))
            (drop (call $add (i32.const -1) (i32.const -2)))
            (call $mix (i32.const -1) (i64.const -1) (f32.const 1) (f64.const 0.5)) (drop) (drop) (drop)
            (drop (call $later (i64.const 0x100000002)))
            (call $none)
            (drop (call $prestat (i32.const 8) (i32.const 400)))
            """);

        observer.Events.Should().Equal(
            "fd_prestat_get(fd=9, prestat=400)", "fd_prestat_get(fd=9, prestat=400) = BadF []",
            "add($0=4294967295, $1=4294967294)", "add($0=4294967295, $1=4294967294) = 4294967293 []",
            "mix($0=4294967295, $1=18446744073709551615, $2=1065353216, $3=4602678819172646912)",
            "mix($0=4294967295, $1=18446744073709551615, $2=1065353216, $3=4602678819172646912) = 4611686018427387904, 4294967293, 18446744073709551612 []",
            "later($0=4294967298)", "later($0=4294967298) = 1073741824 []",
            "none()", "none() = Success []",
            "fd_prestat_get(fd=8, prestat=400)", "fd_prestat_get(fd=8, prestat=400) = BadF []");
    }

    [Fact]
    public async Task Signature_OfImport_SaysHowItWasAdded()
    {
        await using var host = CreateHost();
        HostCallSignature? signature = null;
        var observer = new Delegating { Ended = (in HostCall call) => signature = call.Function };

        await RunAsync(host, observer, "(call $mix (i32.const 1) (i64.const 1) (f32.const 1) (f64.const 1)) (drop) (drop) (drop)");

        signature!.ToString().Should().Be("env.mix");
        signature.ReturnsErrno.Should().BeFalse();
        signature.Parameters.Select(parameter => parameter.Type).Should().Equal(
            HostCallValueType.I32, HostCallValueType.I64, HostCallValueType.F32, HostCallValueType.F64);
        signature.Results.Should().Equal(HostCallValueType.F64, HostCallValueType.I32, HostCallValueType.I64);
    }

    [Fact]
    public async Task GetResult_OfEachCall_IsThereOnceItHasEnded()
    {
        await using var host = CreateHost();
        var (before, seen) = (new List<int>(), new List<ulong>());
        var observer = new Delegating
        {
            Began = (in HostCall call) => before.Add(call.ResultCount + call.Writes.Count + (call.Outcome == default ? 0 : 1)),
            Ended = (in HostCall call) =>
            {
                for (var index = 0; index < call.ResultCount; index++) seen.Add(call.GetResult(index));
            },
        };

        var run = () => RunAsync(host, observer, """
            (drop (call $prestat (i32.const 9) (i32.const 400))) (drop (call $add (i32.const 1) (i32.const 2))) (call $exit (i32.const 3))
            """);

        await run.Should().ThrowAsync<GuestExitException>();
        before.Should().Equal(0, 0, 0);
        seen.Should().Equal((ulong)Errno.BadF, 3);
    }

    [Theory]
    [InlineData("add", "(drop (call $add (i32.const 0) (i32.const 0)))")]
    [InlineData("later", "(drop (call $later (i64.const 0)))")]
    public async Task Import_ThatThrows_EndsForTheObserverToo(string name, string call)
    {
        await using var host = CreateHost(add: (_, _) => throw new InvalidOperationException("no"), later: async (_, _) =>
        {
            await Task.Yield();
            throw new InvalidOperationException("no");
        });
        var observer = new RecordingObserver();

        var run = () => RunAsync(host, observer, call);

        await run.Should().ThrowAsync<GuestTrapException>().WithMessage("*failed: no*");
        observer.Events.Should().HaveCount(2).And.Subject.Last().Should().StartWith(name).And.EndWith(" = ended []");
    }

    [Fact]
    public async Task Guest_IsCancelledInAnImport_EndsForTheObserverToo()
    {
        await using var host = CreateHost(later: WaitAsync);
        var observer = new RecordingObserver { Awaited = "later" };
        using var cancellation = new CancellationTokenSource();

        var running = RunAsync(host, observer, "(drop (call $later (i64.const 0)))", cancellationToken: cancellation.Token);
        await observer.Waits;
        await cancellation.CancelAsync();

        await running.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        observer.Events.Should().Equal("later($0=0)", "later($0=0) = ended []");
        observer.Faults.Should().BeEmpty();
    }

    [Fact]
    public async Task Guest_HasHadItsTimeInAnImport_EndsForTheObserverToo()
    {
        var time = new FakeTimeProvider();
        await using var host = CreateHost(later: WaitAsync, time: time);
        var observer = new RecordingObserver { Awaited = "later" };

        var running = RunAsync(host, observer, "(drop (call $later (i64.const 0)))", new InvocationRequest { Timeout = TimeSpan.FromSeconds(1) });
        await observer.Waits;
        time.Advance(TimeSpan.FromSeconds(1));

        (await running.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
        observer.Events.Should().Equal("later($0=0)", "later($0=0) = ended []");
        observer.Faults.Should().BeEmpty();
    }

    [Fact]
    public async Task Guests_ObservedInALoop_LetOthersHaveTheirThreads()
    {
        using var released = new CancellationTokenSource();
        await using var host = CreateHost(add: (left, _) =>
        {
            if (left == 1) released.Cancel();
            return released.IsCancellationRequested ? 1 : 0;
        });
        const string Await = "(loop $again (call $none) (br_if $again (i32.eqz (call $add (i32.const 0) (i32.const 0)))))";
        const string Release = "(drop (call $add (i32.const 1) (i32.const 0)))";

        // More of them than processors and places for them.
        var waiting = Enumerable.Range(0, 12).Select(_ => Task.Run(() => RunAsync(host, new Delegating { Ended = (in HostCall _) => { } }, Await))).ToArray();
        await RunAsync(host, new Delegating(), Release);

        await Task.WhenAll(waiting).WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Instance_CalledThroughATypedFunction_IsObservedInItsImports()
    {
        await using var host = CreateHost();
        var observer = new RecordingObserver();
        await using var instance = await host.StartTextAsync($$"""
            (module {{Imports}} (func (export "go") (param i32) (result f32)
              (call $later (i64.extend_i32_u (call $add (local.get 0) (i32.const 1))))))
            """, new InvocationRequest { Observer = observer });
        var go = instance.GetFunction<int, float>("go");

        (await Task.Run(() => go.Call(4))).Should().Be(2);
        (await go.CallAsync(5)).Should().Be(2);

        observer.Events.Where(text => text.Contains(" = ", StringComparison.Ordinal)).Should().Equal(
            "add($0=4, $1=1) = 5 []", "later($0=5) = 1073741824 []", "add($0=5, $1=1) = 6 []", "later($0=6) = 1073741824 []");
        observer.Faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Observer_Throws_GuestGoesOnUnwatched(bool atBegin)
    {
        await using var host = CreateHost();
        var told = 0;
        void Throw(in HostCall call)
        {
            told++;
            throw new InvalidOperationException("observer");
        }

        var observer = atBegin ? new Delegating { Began = Throw } : new Delegating { Ended = Throw };

        await RunAsync(host, observer, """
            (if (i32.ne (call $add (i32.const 1) (i32.const 2)) (i32.const 3)) (then unreachable))
            (if (f32.ne (call $later (i64.const 1)) (f32.const 2)) (then unreachable))
            """);

        told.Should().Be(1);
        host.Logs[40].Should().ContainSingle();
    }

    [Fact]
    public async Task Observer_AnswersCalls_IsNotAskedForImports()
    {
        await using var host = CreateHost();
        var asked = new List<string>();
        var observer = new Delegating { Asked = (in HostCall call) => asked.Add(call.Function.Name) };

        await RunAsync(host, observer, """
            (if (i32.ne (call $add (i32.const 1) (i32.const 2)) (i32.const 3)) (then unreachable))
            (drop (call $prestat (i32.const 9) (i32.const 400)))
            """);

        asked.Should().Equal("fd_prestat_get");
    }

    [Fact]
    public async Task Observer_OfTwoGuestsAtOneTime_SeesTheCallsOfEachInOrder()
    {
        using var both = new CountdownEvent(2);
        await using var host = CreateHost(later: async (_, _) =>
        {
            both.Signal();
            await Task.Run(() => both.Wait(TestHost.Patience), CancellationToken.None);
            return 2;
        });
        var numbers = new ConcurrentDictionary<ObservedGuest, ConcurrentQueue<long>>();
        var observer = new Delegating { Ended = (in HostCall call) => numbers.GetOrAdd(call.Guest, _ => []).Enqueue(call.Number) };
        const string Body = "(drop (call $later (i64.const 1))) (drop (call $add (i32.const 1) (i32.const 2)))";

        await Task.WhenAll(RunAsync(host, observer, Body), RunAsync(host, observer, Body));

        numbers.Should().HaveCount(2);
        foreach (var calls in numbers.Values) calls.Should().Equal(0, 1);
    }

    [Fact]
    public async Task Guest_CallsManyImports_HoldsNothingOfThose()
    {
        await using var host = CreateHost();
        var observer = new RecordingObserver { KeepsText = false };

        await RunAsync(host, observer, """
            (local.set $count (i32.const 1000000))
            (loop $again (call $none) (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
            """);

        observer.Ended.Should().Be(1_000_000);
        observer.Faults.Should().BeEmpty();
    }

    private static async ValueTask<float> WaitAsync(long argument, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return 0;
    }

    private static TestHost CreateHost(
        Func<int, int, int>? add = null, Func<long, CancellationToken, ValueTask<float>>? later = null, TimeProvider? time = null) =>
        new(time: time, build: builder => builder
            .AddImport("env", "add", add ?? ((left, right) => left + right))
            .AddImport(
                "env", "mix", [GuestValueType.I32, GuestValueType.I64, GuestValueType.F32, GuestValueType.F64],
                [GuestValueType.F64, GuestValueType.I32, GuestValueType.I64], call =>
                {
                    call.Results[0] = 2.0;
                    call.Results[1] = -3;
                    call.Results[2] = -4L;
                })
            .AddImport("env", "later", [GuestValueType.I64], [GuestValueType.F32], async (caller, arguments, results) =>
            {
                var argument = arguments.Span[0].ToInt64();
                await Task.Yield();
                var result = later is null ? 2f : await later(argument, caller.CancellationToken);
                results.Span[0] = result;
            })
            .AddImport("env", "none", () => { }));

    private static async Task RunAsync(
        TestHost host, HostCallObserver observer, string body, InvocationRequest? request = null, CancellationToken cancellationToken = default)
    {
        var module = await host.LoadTextAsync($"""(module {Imports} (func (export "_start") (local $count i32) {body}))""");
        await host.RunAsync(module, (request ?? new InvocationRequest()) with { Observer = observer }, cancellationToken);
        if (observer is RecordingObserver recording) recording.Faults.Should().BeEmpty();
    }

    private sealed class Delegating : HostCallObserver
    {
        public Told? Began { get; init; }

        public Told? Ended { get; init; }

        public Told? Asked { get; init; }

        public override bool AnswersCalls => Asked is not null;

        public override void CallBegan(in HostCall call) => Began?.Invoke(call);

        public override void CallEnded(in HostCall call) => Ended?.Invoke(call);

        public override bool TryAnswer(in HostCall call, HostCallMemory memory, out HostCallOutcome outcome)
        {
            outcome = default;
            Asked?.Invoke(call);
            return false;
        }
    }
}
