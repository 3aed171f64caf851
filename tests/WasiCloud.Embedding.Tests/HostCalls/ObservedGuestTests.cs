using System.Globalization;
using System.IO.Pipelines;
using FluentAssertions;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.HostCalls;

/// <summary>What an observer is told of guests, hostile ones among them, on both executors.</summary>
#pragma warning disable CA1001 // xUnit calls DisposeAsync.
public sealed class ObservedGuestTests : IAsyncLifetime
#pragma warning restore CA1001
{
    // Descriptor 3 is "/", with /dev, /tmp and /request. Texts lie at 1,000 ("dev/zero"), 1,100 ("tmp/link"), 1,200 ("target") and 1,300 ("request/body").
    private const string Imports = """
        (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_readlink" (func $readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 40)
        (data (i32.const 1000) "dev/zero") (data (i32.const 1100) "tmp/link") (data (i32.const 1200) "target") (data (i32.const 1300) "request/body")
        (func $open_at (param $path i32) (param $length i32)
          (drop (call $open
            (i32.const 3) (i32.const 0) (local.get $path) (local.get $length) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 200))))
        (func $vector (param $index i32) (param $address i32) (param $length i32)
          (i32.store (i32.mul (local.get $index) (i32.const 8)) (local.get $address))
          (i32.store offset=4 (i32.mul (local.get $index) (i32.const 8)) (local.get $length)))
        (func $read_into (param $vectors i32) (drop (call $read (i32.const 4) (i32.const 0) (local.get $vectors) (i32.const 300))))
        (func $preopen (param $fd i32) (drop (call $prestat (local.get $fd) (i32.const 400))))
        """;

    private const string OpenZero = "(call $open_at (i32.const 1000) (i32.const 8))";
    private const string OpenBody = "(call $open_at (i32.const 1300) (i32.const 12))";
    private const string Preopen = "(call $preopen (i32.const 3))";

    private readonly TestHost _host = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Observer_CallsThatComplete_SeesEachBeginAndEnd()
    {
        var observer = new RecordingObserver();

        await RunAsync(observer, OpenZero + """
            (call $vector (i32.const 0) (i32.const 64) (i32.const 5)) (call $vector (i32.const 1) (i32.const 100) (i32.const 20))
            (call $read_into (i32.const 2))
            (call $preopen (i32.const 3))
            (call $preopen (i32.const 9))
            """);

        observer.Events.Should().Equal(
            "path_open(fd=3, lookup=0, path=dev/zero, path length=8, oflags=0, base=2, inheriting=0, fdflags=0, opened=200)",
            "path_open(fd=3, lookup=0, path=dev/zero, path length=8, oflags=0, base=2, inheriting=0, fdflags=0, opened=200) = Success [200+4]",
            "fd_read(fd=4, vectors=0, count=2, read=300)",
            "fd_read(fd=4, vectors=0, count=2, read=300) = Success [64+5 100+20 300+4]",
            "fd_prestat_get(fd=3, prestat=400)",
            "fd_prestat_get(fd=3, prestat=400) = Success [400+8]",
            "fd_prestat_get(fd=9, prestat=400)",
            "fd_prestat_get(fd=9, prestat=400) = BadF []");
        observer.Written[^1].Should().Equal(0, 0, 0, 0, 1, 0, 0, 0);
    }

    [Theory]
    [InlineData(Preopen)]
    [InlineData("(call $read_into (i32.const 1))")]
    public async Task Observer_100000CallsInALoop_LosesNone(string call)
    {
        var observer = new RecordingObserver { KeepsText = false };

        await RunAsync(observer, OpenZero + Loop(100_000, call));

        observer.Begun.Should().Be(100_001);
        observer.Ended.Should().Be(100_001);
    }

    [Fact]
    public async Task Observer_WithTimes_GetsThem() => await RunAsync(new RecordingObserver { Times = true }, OpenZero + Loop(100, Preopen));

    [Fact]
    public async Task Observer_GuestTraps_HasSeenAllCalls()
    {
        var observer = new RecordingObserver();
        var run = () => RunAsync(observer, Preopen + "unreachable");
        await run.Should().ThrowAsync<GuestTrapException>();
        observer.Events.Should().HaveCount(2);
    }

    [Fact]
    public async Task Observer_GuestExits_SeesTheExit()
    {
        var observer = new RecordingObserver();
        var run = () => RunAsync(observer, "(call $exit (i32.const 3))");
        (await run.Should().ThrowAsync<GuestExitException>()).Which.ExitCode.Should().Be(3);
        observer.Events.Should().Equal("proc_exit(code=3)", "proc_exit(code=3) = exit 3 []");
    }

    [Fact]
    public async Task Observer_GuestCancelledInACallThatWaits_SeesItEnd()
    {
        var observer = new RecordingObserver { Awaited = "fd_read" };
        using var cancellation = new CancellationTokenSource();
        var body = new Pipe();
        var running = RunAsync(
            observer, OpenBody + "(call $vector (i32.const 0) (i32.const 64) (i32.const 5)) (call $read_into (i32.const 1))",
            new InvocationRequest { Method = "POST", Body = body.Reader }, cancellationToken: cancellation.Token);

        await observer.Waits;
        await cancellation.CancelAsync();

        await running.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        observer.Events[^1].Should().Be("fd_read(fd=4, vectors=0, count=1, read=300) = ended []");
        observer.Ended.Should().Be(observer.Begun);
    }

    [Fact]
    public async Task Observer_CallThatWaits_SeesWhatItWrote()
    {
        var observer = new RecordingObserver { Awaited = "fd_read" };
        var body = new Pipe();
        var running = RunAsync(
            observer, OpenBody + "(call $vector (i32.const 0) (i32.const 64) (i32.const 50)) (call $read_into (i32.const 1))",
            new InvocationRequest { Method = "POST", Body = body.Reader });

        await observer.Waits;
        await body.Writer.WriteAsync("hello"u8.ToArray());
        await body.Writer.CompleteAsync();
        await running;

        observer.Events[^1].Should().Be("fd_read(fd=4, vectors=0, count=1, read=300) = Success [64+5 300+4]");
        observer.Written[^2].Should().Equal("hello"u8.ToArray());
    }

    [Fact]
    public async Task Observer_LargeRead_SeesTheBytesOfThatTime()
    {
        var observer = new RecordingObserver();

        // A million bytes each time, over the same place.
        await RunAsync(
            observer,
            Loop(3, "(drop (call $random (i32.const 65536) (i32.const 1000000)))") + "(memory.fill (i32.const 65536) (i32.const 0) (i32.const 1000000))");

        observer.Written.Should().HaveCount(3).And.OnlyContain(bytes => bytes.Length == 1_000_000 && bytes.Any(value => value != 0));
        observer.Written.Select(Convert.ToHexString).Distinct(StringComparer.Ordinal).Should().HaveCount(3);
    }

    [Fact]
    public async Task Observer_CallOverItsOwnPath_ShowsThePathOfTheBegin()
    {
        var observer = new RecordingObserver();

        await RunAsync(observer, """
            (drop (call $symlink (i32.const 1200) (i32.const 6) (i32.const 3) (i32.const 1100) (i32.const 8)))
            (drop (call $readlink (i32.const 3) (i32.const 1100) (i32.const 8) (i32.const 1100) (i32.const 8) (i32.const 500)))
            """);

        observer.Events[^1].Should().Be("path_readlink(fd=3, path=tmp/link, path length=8, buffer=1100, length=8, used=500) = Success [1100+6 500+4]");
        observer.Written[^2].Should().Equal("target"u8.ToArray());
    }

    [Theory]
    [InlineData(2_621_430U, 20U)]
    [InlineData(uint.MaxValue, 1U)]
    [InlineData(0U, uint.MaxValue)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public async Task Observer_TextOutsideTheMemory_ShowsNone(uint address, uint length)
    {
        var observer = new RecordingObserver();

        await RunAsync(observer, string.Create(CultureInfo.InvariantCulture, $$"""
            (call $open_at (i32.const {{address}}) (i32.const {{length}}))
            (drop (call $random (i32.const {{address}}) (i32.const {{length}})))
            """));

        observer.Events[1].Should().Contain("path=?").And.EndWith(" = Fault []");
        observer.Events[3].Should().EndWith(" = Fault []");
    }

    [Fact]
    public async Task Observer_TextOfMegabytes_ShowsItsBeginning()
    {
        var observer = new RecordingObserver();

        await RunAsync(observer, "(call $open_at (i32.const 0) (i32.const 2000000))");

        observer.Events[0].Should().MatchRegex("path=[^,]{4096}, path length=2000000");
    }

    [Fact]
    public async Task Observer_Throws_IsToldNoMoreAndTheGuestGoesOn()
    {
        var calls = 0;
        var observer = new RecordingObserver
        {
            Then = _ => throw (calls++ == 0 ? new InvalidOperationException("the observer's own") : new NotSupportedException()),
        };

        await RunAsync(observer, OpenZero + Loop(1000, Preopen), mayFail: true);

        observer.Ended.Should().Be(1);
        var entry = _host.Logs.Entries.Should().ContainSingle(entry => entry.Exception is InvalidOperationException).Subject;
        entry.Exception!.Message.Should().Be("the observer's own");
        _host.Logs.Entries.Should().NotContain(logged => logged.Exception is NotSupportedException);
    }

    [Theory]
    [InlineData(nameof(HostCallObserver.WantsTimes))]
    [InlineData(nameof(HostCallObserver.AnswersCalls))]
    public async Task Observer_ThrowsWhenItIsAskedWhatItWants_IsToldNothingAndTheGuestGoesOn(string property)
    {
        var observer = new Unsure(property);

        using var module = await _host.LoadTextAsync($"(module {Imports} (func (export \"_start\") {Preopen}))");
        await _host.RunAsync(module, new InvocationRequest { Observer = observer });

        observer.Told.Should().Be(0);
        _host.Logs[40].Should().ContainSingle().Which.Exception!.Message.Should().Be(property);
    }

    [Fact]
    public async Task Observer_IsSlow_LosesNothing()
    {
        using var gate = new SemaphoreSlim(0);
        var observer = new RecordingObserver { Then = _ => gate.Wait(TestHost.Patience) };
        var running = RunAsync(observer, Loop(20, Preopen));

        // On a fiber the invocation may be told on this thread, which is then released by the other.
        gate.Release(20);

        await running;
        observer.Ended.Should().Be(20);
    }

    [Fact]
    public async Task Observer_OfAnInstance_SeesTheCallsOfEachOfItsCalls()
    {
        var observer = new RecordingObserver();
        await using var instance = await _host.StartTextAsync(
            $"(module {Imports} (func (export \"ask\") (result i32) (call $prestat (i32.const 3) (i32.const 400))))",
            new InvocationRequest { Observer = observer });

        for (var call = 0; call < 2; call++) (await instance.GetFunction("ask").CallAsync())[0].ToInt32().Should().Be(0);

        observer.Ended.Should().Be(2);
        observer.Faults.Should().BeEmpty();
    }

    [Fact]
    public async Task Observer_GuestAfterAnObservedOne_IsNotObserved()
    {
        var observer = new RecordingObserver();
        using var module = await _host.LoadTextAsync($"(module {Imports} (func (export \"_start\") {Preopen}))");
        await _host.RunAsync(module, new InvocationRequest { Observer = observer });

        await _host.RunAsync(module);

        observer.Ended.Should().Be(1);
    }

    private static string Loop(int count, string body) => string.Create(CultureInfo.InvariantCulture, $$"""
        (local.set $count (i32.const {{count}}))
        (loop $again {{body}} (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
        """);

    private async Task RunAsync(
        RecordingObserver observer, string body, InvocationRequest? request = null, bool mayFail = false, CancellationToken cancellationToken = default)
    {
        using var module = await _host.LoadTextAsync($"(module {Imports} (func (export \"_start\") (local $count i32) {body}))");
        var observed = request is null
            ? new InvocationRequest { Observer = observer }
            : new InvocationRequest { Observer = observer, Method = request.Method, Body = request.Body };
        try
        {
            await _host.RunAsync(module, observed, cancellationToken);
        }
        finally
        {
            if (!mayFail) observer.Faults.Should().BeEmpty();
        }
    }

    private sealed class Unsure(string property) : HostCallObserver
    {
        public int Told { get; private set; }

        public override bool WantsTimes => Ask(nameof(WantsTimes));

        public override bool AnswersCalls => Ask(nameof(AnswersCalls));

        public override void CallBegan(in HostCall call) => Told++;

        public override void CallEnded(in HostCall call) => Told++;

        public override bool TryAnswer(in HostCall call, HostCallMemory memory, out HostCallOutcome outcome)
        {
            Told++;
            outcome = default;
            return false;
        }

        private bool Ask(string name) => name == property ? throw new NotSupportedException(name) : true;
    }
}
