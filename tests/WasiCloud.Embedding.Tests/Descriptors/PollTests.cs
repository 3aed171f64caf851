using System.Diagnostics;
using System.Runtime.CompilerServices;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Descriptors;

public class PollTests
{
    [Fact]
    public async Task Wait_ThousandHandles_AllLosersAreEndedBeforeItReturns()
    {
        var streams = Enumerable.Range(0, 1_000).Select(_ => new StreamHandle()).ToArray();
        var subscriptions = Of(Array.ConvertAll(streams, Subscribe));
        var wait = Poll.WaitAsync(subscriptions, new GuestClock(TimeProvider.System), CancellationToken.None).AsTask();
        wait.IsCompleted.Should().BeFalse();
        streams.Should().OnlyContain(stream => stream.PollsRunning == 1);
        streams[700].Feed(1);
        await wait;
        streams.Should().OnlyContain(stream => stream.PollsRunning == 0);
        All(subscriptions).Count(subscription => subscription.IsReady).Should().Be(1);
        subscriptions[700].Readiness.Should().Be(FileReadiness.Read);
    }

    [Fact]
    public async Task Wait_ManyWakeUpsOfTheClock_CostTheSameForAThousandHandles()
    {
        // The wait is capped at what a timer holds, so a far deadline wakes it again and again; none of it may be per handle.
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var streams = Enumerable.Range(0, 1_000).Select(_ => new StreamHandle()).ToArray();
        var subscriptions = Of([.. streams.Select(Subscribe), new PollSubscription { Deadline = long.MaxValue - 1 }]);
        using var end = new CancellationTokenSource();
        var wait = Poll.WaitAsync(subscriptions, new GuestClock(time), end.Token).AsTask();
        for (var month = 0; month < 100; month++)
        {
            time.Advance(TimeSpan.FromDays(25));
            await Task.Yield();
        }

        wait.IsCompleted.Should().BeFalse();
        await end.CancelAsync();
        await wait.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        streams.Should().OnlyContain(stream => stream.PollsRunning == 0 && stream.MostPollsAtOnce == 1);
    }

    [Fact]
    public async Task Wait_LoserIgnoresItsCancellationForAWhile_IsStillAwaited()
    {
        var (slow, ended) = (new StreamHandle(), new TaskCompletionSource());
        slow.OnPoll = async (_, cancellationToken) =>
        {
            await ended.Task;
            cancellationToken.IsCancellationRequested.Should().BeTrue();
            return FileReadiness.Read;
        };
        var subscriptions = Of(Subscribe(slow), new PollSubscription { Deadline = 0 });
        var wait = Poll.WaitAsync(subscriptions, new GuestClock(TimeProvider.System), CancellationToken.None).AsTask();
        wait.IsCompleted.Should().BeFalse();
        ended.SetResult();
        await wait;
        All(subscriptions).Should().OnlyContain(subscription => subscription.IsReady, "what became ready meanwhile is told, too");
    }

    [Fact]
    public async Task Wait_CancellationCallbackThrows_IsToldAfterAllLosersEnded()
    {
        var (rude, polite) = (new StreamHandle(), new StreamHandle());
        rude.OnPoll = async (_, cancellationToken) =>
        {
            // Registered last, so called first, before the wait itself is cancelled.
            var wait = Task.Delay(Timeout.Infinite, cancellationToken);
            cancellationToken.Register(() => throw new InvalidOperationException("rude"));
            await wait;
            return FileReadiness.Read;
        };
        var subscriptions = Of(Subscribe(rude), Subscribe(polite), new PollSubscription { Deadline = 0 });
        await FluentActions.Awaiting(() => Poll.WaitAsync(subscriptions, new GuestClock(TimeProvider.System), CancellationToken.None).AsTask())
            .Should().ThrowAsync<AggregateException>();
        (rude.PollsRunning + polite.PollsRunning).Should().Be(0);
    }

    [Fact]
    public async Task Wait_WhileNothingHappens_UsesNoProcessor()
    {
        using var end = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var subscriptions = Of(Subscribe(new StreamHandle()), new PollSubscription { Deadline = long.MaxValue });
        var clock = new CountingTimeProvider();
        await FluentActions.Awaiting(() => Poll.WaitAsync(subscriptions, new GuestClock(clock), end.Token).AsTask())
            .Should().ThrowAsync<OperationCanceledException>();
        clock.Looks.Should().BeLessThan(10);
    }

    [Fact]
    public void TryComplete_OneUnknown_IsNotSettled()
    {
        var (known, unknown) = (new StreamHandle { KnownReadiness = FileReadiness.Read }, new StreamHandle());
        var clock = new GuestClock(TimeProvider.System);
        Poll.TryComplete(Of(Subscribe(known)), clock).Should().BeTrue();
        Poll.TryComplete(Of(Subscribe(known), Subscribe(unknown)), clock).Should().BeFalse();
        Poll.TryComplete(Of(Subscribe(new StreamHandle { KnownReadiness = FileReadiness.None })), clock).Should().BeFalse();
        Poll.TryComplete(Of(new PollSubscription { Deadline = long.MaxValue }), clock).Should().BeFalse();
    }

    [Fact]
    public void Rent_AsManyAsThereMayBe_MakesNoLargeObjectsAndKeepsNothing()
    {
        const int many = 65_536;
        var (subscriptions, before) = (new PollSubscriptions(), GC.CollectionCount(2));
        for (var round = 0; round < 50; round++)
        {
            subscriptions.Rent(many);
            subscriptions[many - 1].Should().Be(default(PollSubscription), "what the last call left is gone");
            subscriptions[many - 1].Descriptor = Subscribe(new StreamHandle()).Descriptor;
            Unsafe.AreSame(ref subscriptions[0], ref subscriptions[many - 1]).Should().BeFalse();
            subscriptions.Return();
        }

        // One array for all would be a large object of 3 MB in each round, and a full collection after a few.
        (Unsafe.SizeOf<PollSubscription>() * 1024).Should().BeLessThan(85_000);
        (GC.CollectionCount(2) - before).Should().BeLessThan(25);
    }

    private static PollSubscriptions Of(params PollSubscription[] subscriptions)
    {
        var all = new PollSubscriptions();
        all.Rent(subscriptions.Length);
        for (var index = 0; index < subscriptions.Length; index++) all[index] = subscriptions[index];
        return all;
    }

    private static List<PollSubscription> All(PollSubscriptions subscriptions) =>
        [.. Enumerable.Range(0, subscriptions.Count).Select(index => subscriptions[index])];

    private static PollSubscription Subscribe(StreamHandle handle) => new()
    {
        Descriptor = new Descriptor(new NodeReference(new StreamNode(), new MountTable([]).Root, 1, isOwned: false), handle, "/stream", string.Empty),
        Interest = FileReadiness.Read,
    };

    private sealed class CountingTimeProvider : TimeProvider
    {
        public int Looks { get; private set; }

        public override long GetTimestamp()
        {
            Looks++;
            return Stopwatch.GetTimestamp();
        }
    }
}
