using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Hosting.Invocations;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

public sealed class InvocationSlotsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly IdleModule _busy = new();
    private readonly IdleModule _quiet = new();
    private readonly IdleModule _heavy = new(slots: 2);

    public void Dispose()
    {
        _busy.Dispose();
        _quiet.Dispose();
        _heavy.Dispose();
    }

    [Fact]
    public void Enter_SlotsAreFree_DoesNotWait()
    {
        var slots = Create(2);

        EnterQuickly(slots);
        EnterQuickly(slots);

        slots.EnterAsync(_busy, CancellationToken.None).IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task Leave_OneModule_IsServedInOrderOfArrival()
    {
        var slots = Create(1);
        EnterQuickly(slots);
        var waiting = Enumerable.Range(0, 3).Select(_ => slots.EnterAsync(_busy, CancellationToken.None).AsTask()).ToList();

        foreach (var next in waiting)
        {
            next.IsCompleted.Should().BeFalse();
            slots.Leave(_busy);
            await next.WaitAsync(TestHost.Patience);
        }
    }

    [Fact]
    public async Task Leave_TheFirstHasWaitedForLong_TheLastIsNext()
    {
        var (slots, order) = (Create(1), new List<string>());
        EnterQuickly(slots);
        var (first, second) = (NoteAsync(slots, _busy, "first", order), NoteAsync(slots, _busy, "second", order));
        _time.Advance(TimeSpan.FromMilliseconds(101));
        var third = NoteAsync(slots, _busy, "third", order);
        slots.Leave(_busy);
        await Task.WhenAll(first, second, third).WaitAsync(TestHost.Patience);

        order.Should().Equal("third", "second", "first");
    }

    [Fact]
    public async Task Leave_TwoModules_TakeTurns()
    {
        var slots = Create(1);
        EnterQuickly(slots);
        var order = new List<string>();
        var busy = Enumerable.Range(0, 4).Select(_ => NoteAsync(slots, _busy, "busy", order)).ToList();
        var quiet = Enumerable.Range(0, 2).Select(_ => NoteAsync(slots, _quiet, "quiet", order)).ToList();

        slots.Leave(_busy);
        await Task.WhenAll(busy.Concat(quiet)).WaitAsync(TestHost.Patience);

        order.Should().Equal("busy", "quiet", "busy", "quiet", "busy", "busy");
    }

    [Fact]
    public async Task Enter_QueueIsFull_FailsAtOnce()
    {
        var slots = Create(1, maxWaiting: 1);
        EnterQuickly(slots);
        var first = slots.EnterAsync(_busy, CancellationToken.None).AsTask();

        (await slots.Awaiting(it => it.EnterAsync(_quiet, CancellationToken.None).AsTask()).Should().ThrowAsync<GuestLimitException>())
            .Which.Should().Match<GuestLimitException>(it => it.Limit == GuestLimit.Queue && it.Value == 1);

        slots.Leave(_busy);
        await first.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Enter_WaitsTooLong_FailsAndLeavesTheQueue()
    {
        using var slots = Create(1, queueTimeout: TimeSpan.FromSeconds(10));
        EnterQuickly(slots);
        var first = slots.EnterAsync(_busy, CancellationToken.None).AsTask();
        _time.Advance(TimeSpan.FromSeconds(4));
        var second = slots.EnterAsync(_quiet, CancellationToken.None).AsTask();
        var third = slots.EnterAsync(_busy, CancellationToken.None).AsTask();

        _time.Advance(TimeSpan.FromSeconds(6));
        (await first.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Concurrency);
        slots.Waiting.Should().Be(2);
        _time.Advance(TimeSpan.FromSeconds(4));
        await second.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>();
        await third.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>();

        slots.Waiting.Should().Be(0);
        slots.Leave(_busy);
        EnterQuickly(slots);
    }

    [Fact]
    public async Task Enter_WaitsTooLongForMoreThanThereIs_LetsInWhoWantsLess()
    {
        using var slots = Create(3, queueTimeout: TimeSpan.FromSeconds(10));
        EnterQuickly(slots);
        EnterQuickly(slots);
        var heavy = slots.EnterAsync(_heavy, CancellationToken.None).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        var quiet = slots.EnterAsync(_quiet, CancellationToken.None).AsTask();
        quiet.IsCompleted.Should().BeFalse();

        _time.Advance(TimeSpan.FromSeconds(9));

        await heavy.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>();
        await quiet.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Enter_Cancelled_LeavesTheQueueToTheNext()
    {
        var slots = Create(1);
        EnterQuickly(slots);
        using var cancellation = new CancellationTokenSource();
        var first = slots.EnterAsync(_busy, cancellation.Token).AsTask();
        var second = slots.EnterAsync(_busy, CancellationToken.None).AsTask();

        await cancellation.CancelAsync();
        await first.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        slots.Leave(_busy);

        await second.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Close_GuestsRunAndOthersWait_RefusesThemAndEndsWithTheLast()
    {
        var slots = Create(1);
        EnterQuickly(slots);
        var waiting = slots.EnterAsync(_busy, CancellationToken.None).AsTask();

        var closed = slots.CloseAsync();
        await waiting.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await slots.Awaiting(it => it.EnterAsync(_busy, CancellationToken.None).AsTask()).Should().ThrowAsync<OperationCanceledException>();
        closed.IsCompleted.Should().BeFalse();
        slots.Leave(_busy);

        await closed.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Enter_GuestOfTwoSlots_WaitsForBothAndHoldsUpThoseBehind()
    {
        var slots = Create(2);
        EnterQuickly(slots);
        var heavy = slots.EnterAsync(_heavy, CancellationToken.None).AsTask();
        var behind = slots.EnterAsync(_quiet, CancellationToken.None).AsTask();
        behind.IsCompleted.Should().BeFalse("a stream of small guests must not keep a larger one waiting");

        slots.Leave(_busy);
        await heavy.WaitAsync(TestHost.Patience);
        behind.IsCompleted.Should().BeFalse("both slots are taken");
        slots.Leave(_heavy);

        await behind.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Enter_GuestOfTwoSlotsIsCancelled_LetsThoseBehindIn()
    {
        var slots = Create(2);
        EnterQuickly(slots);
        using var cancellation = new CancellationTokenSource();
        var heavy = slots.EnterAsync(_heavy, cancellation.Token).AsTask();
        var behind = slots.EnterAsync(_quiet, CancellationToken.None).AsTask();

        await cancellation.CancelAsync();

        await heavy.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await behind.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Leave_GuestOfTwoSlots_LetsTwoSmallOnesIn()
    {
        var slots = Create(2);
        await slots.EnterAsync(_heavy, CancellationToken.None);
        var waiting = new[] { slots.EnterAsync(_busy, CancellationToken.None).AsTask(), slots.EnterAsync(_quiet, CancellationToken.None).AsTask() };

        slots.Leave(_heavy);

        await Task.WhenAll(waiting).WaitAsync(TestHost.Patience);
    }

    [Fact]
    public void Enter_GuestOfTwoSlotsWhereThereIsOne_TakesIt()
    {
        var slots = Create(1);

        slots.EnterAsync(_heavy, CancellationToken.None).IsCompletedSuccessfully.Should().BeTrue();
        slots.EnterAsync(_busy, CancellationToken.None).IsCompleted.Should().BeFalse();
    }

    [Fact]
    public void Enter_OneModuleWantsAll_LeavesTheLastToOthers()
    {
        var slots = Create(16);

        TakeAll(slots, _busy).Should().Be(14);
        TakeAll(slots, _quiet).Should().Be(1, "another one is left for a third");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(8, 7)]
    [InlineData(9, 7)]
    [InlineData(1_000, 875)]
    public void Enter_OneModuleAlone_TakesItsShare(int count, int share) => TakeAll(Create(count), _busy).Should().Be(share);

    [Fact]
    public void Enter_SeveralModulesThatWantAll_LeaveSomethingToTheNext()
    {
        var slots = Create(1_000);
        var modules = Enumerable.Range(0, 4).Select(_ => new IdleModule()).ToList();

        var taken = modules.Sum(module => TakeAll(slots, module));

        taken.Should().BeLessThan(1_000);
        slots.EnterAsync(_quiet, CancellationToken.None).IsCompletedSuccessfully.Should().BeTrue();
        foreach (var module in modules) module.Dispose();
    }

    [Theory]
    [InlineData(null, 5, 5)]
    [InlineData(5, null, 5)]
    [InlineData(5, 10, 10)]
    [InlineData(10, 5, 5)]
    [InlineData(100, null, 10)]
    public void Enter_LimitThatWasSet_IsTheShare(int? host, int? own, int share)
    {
        using var module = new IdleModule { MaxConcurrentInvocations = own };

        TakeAll(new InvocationSlots(10, 100, TestHost.Patience, host), module).Should().Be(share);
    }

    [Fact]
    public async Task Leave_ModulesThatWait_TheOneThatRunsFewestIsNext()
    {
        var slots = new InvocationSlots(3, 100, TestHost.Patience);
        EnterQuickly(slots);
        EnterQuickly(slots);
        slots.EnterAsync(_quiet, CancellationToken.None).IsCompletedSuccessfully.Should().BeTrue();
        slots.Leave(_quiet);
        EnterQuickly(slots);
        var busy = slots.EnterAsync(_busy, CancellationToken.None).AsTask();
        var quiet = slots.EnterAsync(_quiet, CancellationToken.None).AsTask();

        slots.Leave(_busy);

        await quiet.WaitAsync(TestHost.Patience);
        busy.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task Enter_QueueIsFullOfOneModule_AnotherTakesItsLastPlace()
    {
        var slots = Create(1, maxWaiting: 2);
        EnterQuickly(slots);
        var first = slots.EnterAsync(_busy, CancellationToken.None).AsTask();
        var second = slots.EnterAsync(_busy, CancellationToken.None).AsTask();

        var quiet = slots.EnterAsync(_quiet, CancellationToken.None).AsTask();

        (await second.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Queue);
        slots.Leave(_busy);
        await first.WaitAsync(TestHost.Patience);
        slots.Leave(_busy);
        await quiet.WaitAsync(TestHost.Patience);
        slots.Waiting.Should().Be(0);
    }

    private static int TakeAll(InvocationSlots slots, GuestModule module)
    {
        var taken = 0;
        while (slots.EnterAsync(module, CancellationToken.None).IsCompletedSuccessfully) taken++;
        return taken;
    }

    private static async Task NoteAsync(InvocationSlots slots, GuestModule module, string name, List<string> order)
    {
        await slots.EnterAsync(module, CancellationToken.None);
        order.Add(name);
        slots.Leave(module);
    }

    private InvocationSlots Create(int count, int maxWaiting = 100, TimeSpan? queueTimeout = null) =>
        new(count, maxWaiting, queueTimeout ?? TestHost.Patience, timeProvider: _time);

    private void EnterQuickly(InvocationSlots slots) => slots.EnterAsync(_busy, CancellationToken.None).IsCompletedSuccessfully.Should().BeTrue();

    private sealed class IdleModule(int slots = 1) : GuestModule("idle", GuestModuleKind.Command)
    {
        public override int SlotsPerGuest { get; } = slots;

        protected override void Dispose(bool disposing)
        {
        }
    }
}
