using FluentAssertions;
using WasiCloud.Embedding.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

public sealed class InvocationSlotsTests : IDisposable
{
    private readonly CancellationTokenSource _shutdown = new();
    private readonly IdleModule _busy = new();
    private readonly IdleModule _quiet = new();

    public void Dispose()
    {
        _shutdown.Dispose();
        _busy.Dispose();
        _quiet.Dispose();
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
        var slots = Create(1, queueTimeout: TimeSpan.FromMilliseconds(1));
        EnterQuickly(slots);

        (await slots.Awaiting(it => it.EnterAsync(_busy, CancellationToken.None).AsTask()).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Concurrency);

        slots.Waiting.Should().Be(0);
        slots.Leave(_busy);
        EnterQuickly(slots);
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

        await _shutdown.CancelAsync();
        var closed = slots.CloseAsync();
        await waiting.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await slots.Awaiting(it => it.EnterAsync(_busy, CancellationToken.None).AsTask()).Should().ThrowAsync<OperationCanceledException>();
        closed.IsCompleted.Should().BeFalse();
        slots.Leave(_busy);

        await closed.WaitAsync(TestHost.Patience);
    }

    private static async Task NoteAsync(InvocationSlots slots, GuestModule module, string name, List<string> order)
    {
        await slots.EnterAsync(module, CancellationToken.None);
        order.Add(name);
        slots.Leave(module);
    }

    private InvocationSlots Create(int count, int maxWaiting = 100, TimeSpan? queueTimeout = null) => new(count, maxWaiting, queueTimeout ?? TestHost.Patience, _shutdown.Token);

    private void EnterQuickly(InvocationSlots slots) => slots.EnterAsync(_busy, CancellationToken.None).IsCompletedSuccessfully.Should().BeTrue();

    private sealed class IdleModule() : GuestModule("idle", GuestModuleKind.Command)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }
}
