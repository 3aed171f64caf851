using System.Buffers.Binary;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.HostCalls;

/// <summary>
/// Guests whose calls are answered instead of by the host, on both executors: functions that never wait, functions that may, and the guest's end.
/// </summary>
#pragma warning disable CA1001 // xUnit calls DisposeAsync.
public sealed class AnsweredGuestTests : IAsyncLifetime
#pragma warning restore CA1001
{
    // Traps unless it is told what the observers below say.
    private const string Text = """
        (module
          (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func $check (param i32) (if (i32.eqz (local.get 0)) (then unreachable)))
          (func (export "_start")
            (call $check (i32.eqz (call $clock (i32.const 0) (i64.const 0) (i32.const 100))))
            (call $check (i64.eq (i64.load (i32.const 100)) (i64.const 42)))
            (call $check (i32.eqz (call $random (i32.const 200) (i32.const 4))))
            (call $check (i32.eq (i32.load (i32.const 200)) (i32.const 0x07070707)))
            (call $check (i32.eq (call $write (i32.const 1) (i32.const 300) (i32.const 1) (i32.const 400)) (i32.const 51)))
            (call $check (i32.eqz (call $prestat (i32.const 3) (i32.const 500))))
            (call $check (i32.eq (i32.load (i32.const 504)) (i32.const 1)))
            (call $exit (i32.const 5))))
        """;

    private readonly TestHost _host = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Observer_Answers_GuestSeesThatAndTheHostTheRest()
    {
        var observer = new Answers();

        var run = () => RunAsync(Text, observer);

        // The host answers fd_prestat_get, and the exit is another one's.
        (await run.Should().ThrowAsync<GuestExitException>()).Which.ExitCode.Should().Be(17);
        observer.Events.Where(text => text.Contains(" = ", StringComparison.Ordinal)).Should().Equal(
            "clock_time_get(clock=0, precision=0, time=100) = Success [100+8]",
            "random_get(buffer=200, length=4) = Success [200+4]",
            "fd_write(fd=1, vectors=300, count=1, written=400) = NoSpc []",
            "fd_prestat_get(fd=3, prestat=500) = Success [500+8]",
            "proc_exit(code=5) = exit 17 []");
        observer.Faults.Should().BeEmpty();
    }

    [Fact]
    public async Task Observer_AnswersAllOfAHundredThousandCalls_LosesNone()
    {
        const string Loop = """
            (module
              (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
              (memory (export "memory") 1)
              (func (export "_start") (local $count i32)
                (local.set $count (i32.const 100000))
                (loop $again
                  (if (i32.ne (call $yield) (i32.const 6)) (then unreachable))
                  (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
            """;
        var observer = new Answers { KeepsText = false };

        await RunAsync(Loop, observer);

        observer.Ended.Should().Be(100_000);
        observer.Faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("outside")]
    [InlineData("no errno")]
    [InlineData("ended")]
    public async Task Observer_AnswersWhatCannotBe_EndsTheGuest(string what)
    {
        var observer = new Answers { What = what };

        var run = () => RunAsync(Text, observer);

        (await run.Should().ThrowAsync<GuestTrapException>()).WithInnerException<InvalidOperationException>().WithMessage("The observer *clock_time_get*");
        observer.Events[^1].Should().EndWith(" = ended []");
        _host.Logs.Entries.Should().NotContain(entry => entry.Id == 40);
    }

    [Fact]
    public async Task Observer_LetsTheGuestGoOnBehindItsExit_EndsTheGuest()
    {
        var run = () => RunAsync(Text, new Answers { What = "stays" });
        (await run.Should().ThrowAsync<GuestTrapException>()).WithInnerException<InvalidOperationException>().WithMessage("*proc_exit*");
    }

    [Fact]
    public async Task Instance_WithAnswers_SeesThem()
    {
        const string Reactor = """
            (module
              (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "now") (result i64) (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 100))) (i64.load (i32.const 100))))
            """;
        await using var instance = await _host.StartTextAsync(Reactor, new InvocationRequest { Observer = new Answers() });
        (await instance.GetFunction("now").CallAsync())[0].ToInt64().Should().Be(42);
    }

    private async Task RunAsync(string text, HostCallObserver observer)
    {
        using var module = await _host.LoadTextAsync(text);
        await _host.RunAsync(module, new InvocationRequest { Observer = observer });
    }

    private sealed class Answers : RecordingObserver
    {
        public string What { get; init; } = string.Empty;

        public override bool AnswersCalls => true;

        public override bool TryAnswer(in HostCall call, HostCallMemory memory, out HostCallOutcome outcome)
        {
            outcome = Errno.Success;
            switch (call.Function.Name)
            {
                case "clock_time_get":
                    outcome = Clock(memory, (uint)call.GetArgument(2));
                    return true;
                case "random_get":
                    memory.Write((uint)call.GetArgument(0), [7, 7, 7, 7]);
                    return true;
                case "fd_write":
                    outcome = Errno.NoSpc;
                    return true;
                case "sched_yield":
                    outcome = Errno.Again;
                    return true;
                case "proc_exit":
                    outcome = What == "stays" ? Errno.Success : HostCallOutcome.Exit(17);
                    return true;
                default:
                    return false;
            }
        }

        private HostCallOutcome Clock(HostCallMemory memory, uint address)
        {
            switch (What)
            {
                case "throws":
                    throw new OperationCanceledException("not the guest's");
                case "outside":
                    memory.Write(uint.MaxValue, [1]);
                    break;
                case "no errno":
                    return (Errno)77;
                case "ended":
                    return HostCallOutcome.Ended;
            }

            Span<byte> time = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(time, 42);
            memory.Write(address, time);
            memory.Read(address, sizeof(ulong)).SequenceEqual(time).Should().BeTrue();
            return Errno.Success;
        }
    }
}
