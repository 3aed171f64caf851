using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.FileSystem;

public class PiecesTests
{
    private static readonly long s_piece = Stopwatch.Frequency / 500;

    [Fact]
    public async Task Pause_AfterTheThreadWasGivenAway_CountsWhatIsComputed()
    {
        var meter = new Meter();

        await CarryOutAsync(meter, async () => await ComputeAsync(pieces: 10)).WaitAsync(TestHost.Patience);

        meter.Looks.Should().Be(10);
        meter.Counted.Should().BeGreaterThanOrEqualTo(9 * s_piece, "whoever calls counts the first");
    }

    [Fact]
    public async Task Pause_OfAGuestThatHasComputedEnough_Throws()
    {
        var meter = new Meter { StopsAfter = 3 };

        await FluentActions.Awaiting(() => CarryOutAsync(meter, async () => await ComputeAsync(pieces: 100)).WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<OperationCanceledException>();

        meter.Looks.Should().Be(3);
    }

    [Fact]
    public async Task Pause_OfSeveralCallsAtOnce_CountsEachForItsOwn()
    {
        var meters = Enumerable.Range(1, 8).Select(_ => new Meter()).ToArray();

        await Task.WhenAll(meters.Select((meter, index) => CarryOutAsync(meter, async () => await ComputeAsync(pieces: index + 1))))
            .WaitAsync(TestHost.Patience);

        meters.Select(meter => meter.Looks).Should().Equal(1, 2, 3, 4, 5, 6, 7, 8);
        for (var index = 0; index < meters.Length; index++) meters[index].Counted.Should().BeGreaterThanOrEqualTo(index * s_piece);
    }

    [Fact]
    public async Task Pause_ThenAWait_CountsWhatWasComputedBefore()
    {
        var (meter, signal) = (new Meter(), new TaskCompletionSource());
        var call = CarryOutAsync(meter, async () =>
        {
            await Pieces.PauseAsync(default);
            Compute();
            await signal.Task;
        });

        await TestHost.UntilAsync(() => meter.Counted >= s_piece);

        signal.SetResult();
        await call.WaitAsync(TestHost.Patience);
    }

    // As a host call: not on the thread of a guest, nor in the context of a test.
    private static Task CarryOutAsync(Meter meter, Func<Task> call) => Task.Run(async () =>
    {
        Pieces.Enter(meter);
        var completion = call();
        Pieces.Leave();
        await completion.ConfigureAwait(false);
    });

    private static async ValueTask ComputeAsync(int pieces)
    {
        for (var piece = 0; piece < pieces; piece++)
        {
            Compute();
            await Pieces.PauseAsync(default);
        }
    }

    private static void Compute()
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetTimestamp() - started < s_piece;) Thread.SpinWait(100);
    }

    private sealed class Meter : IPieceMeter
    {
        private long _counted;

        public long Counted => Volatile.Read(ref _counted);

        public int Looks { get; private set; }

        public int StopsAfter { get; init; } = int.MaxValue;

        public void Count(long ticks) => Interlocked.Add(ref _counted, ticks);

        public bool LookWhetherToStop() => ++Looks >= StopsAfter;
    }
}
