using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Hosting.Invocations;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

/// <summary>Tenants and modules share the slots of a host, and keep each other from none.</summary>
public sealed class TenantSlotsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly IdleModule _module = new();
    private readonly IdleModule _other = new();
    private readonly List<InvocationSlots> _created = [];

    public void Dispose()
    {
        _created.ForEach(slots => slots.Dispose());
        _module.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Enter_TenantHasItsMost_WaitsAndIsToldOfTheTenant()
    {
        var slots = Create(16);
        for (var count = 0; count < 3; count++) slots.TryEnter(Of("a", most: 3), default).Should().BeTrue();

        var waiting = slots.EnterAsync(Of("a", most: 3), default).AsTask();
        waiting.IsCompleted.Should().BeFalse();
        slots.TryEnter(Of("b", most: 3), default).Should().BeTrue("that is another tenant");
        slots.TryEnter(_module, default).Should().BeTrue("that is none");
        _time.Advance(TimeSpan.FromSeconds(10));
        var refused = await FluentActions.Awaiting(() => waiting.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>();
        (refused.Which.Limit, refused.Which.Value).Should().Be((GuestLimit.TenantConcurrency, 3));
    }

    [Fact]
    public async Task Enter_TenantHasItsMostInSeveralModules_TheyCountTogether()
    {
        var slots = Create(16);
        slots.TryEnter(Of("a", most: 2), default).Should().BeTrue();
        slots.TryEnter(Of("a", most: 2, _other), default).Should().BeTrue();
        slots.TryEnter(Of("a", most: 2, _other), default).Should().BeFalse();
        var waiting = slots.EnterAsync(Of("a", most: 2), default).AsTask();

        slots.TryEnter(Of("a", most: 4), default).Should().BeTrue("its own policy lets it");
        slots.Leave(Of("a", most: 4));
        waiting.IsCompleted.Should().BeFalse();
        slots.Leave(Of("a", most: 2, _other));
        await waiting.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Enter_OneTenantWantsAll_OthersGetTheRest()
    {
        var slots = Create(16);
        var taken = 0;
        while (slots.TryEnter(Of("a"), default)) taken++;
        taken.Should().Be(12, "of eight slots one is left to other modules, and one of eight of the module's to other tenants");
        var waiting = Enumerable.Range(0, 50).Select(_ => slots.EnterAsync(Of("a"), default).AsTask()).ToList();

        slots.TryEnter(Of("b"), default).Should().BeTrue();
        slots.TryEnter(Of("b"), default).Should().BeFalse("another tenant may come");
        var second = slots.EnterAsync(Of("b"), default).AsTask();
        slots.TryEnter(Of("c"), default).Should().BeTrue();
        slots.TryEnter(Of("c", long.MaxValue, _other), default).Should().BeTrue();
        for (var count = 0; count < 3; count++) slots.Leave(Of("a"));
        await second.WaitAsync(TestHost.Patience);
        waiting.Should().OnlyContain(task => !task.IsCompleted);
    }

    [Fact]
    public async Task Leave_ManyTenantsWaitForOneModule_TheOneThatRunsFewestIsNext()
    {
        var slots = Create(3);
        for (var count = 0; count < 2; count++) slots.TryEnter(Of("a"), default).Should().BeTrue();
        slots.TryEnter(Of("b"), default).Should().BeTrue();
        var ofA = slots.EnterAsync(Of("a"), default).AsTask();
        var ofB = slots.EnterAsync(Of("b"), default).AsTask();
        var ofC = slots.EnterAsync(Of("c"), default).AsTask();

        slots.Leave(Of("a"));
        await ofC.WaitAsync(TestHost.Patience);
        slots.Leave(Of("b"));
        await ofB.WaitAsync(TestHost.Patience);
        slots.Leave(Of("b"));
        await ofA.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Queue_IsFullOfOneTenantsGuests_ThoseOfAnotherPushThemOutAndTakeTurns()
    {
        var slots = Create(1, maxWaiting: 10);
        var running = Of("a");
        slots.TryEnter(running, default).Should().BeTrue();
        var waiting = Enumerable.Range(0, 10).Select(index => Enter(slots, Of("a", long.MaxValue, index % 2 == 0 ? _module : _other))).ToList();
        waiting.AddRange(Enumerable.Range(0, 4).Select(_ => Enter(slots, Of("b"))));
        waiting.Count(one => one.Entered.IsFaulted).Should().Be(4);
        waiting.RemoveAll(one => one.Entered.IsFaulted);

        // Who has many modules has no more turns.
        var order = new List<string?>();
        while (waiting.Count > 0)
        {
            slots.Leave(running);
            await Task.WhenAny(waiting.Select(one => one.Entered)).WaitAsync(TestHost.Patience);
            var next = waiting.Single(one => one.Entered.IsCompletedSuccessfully);
            waiting.Remove(next);
            running = next.Claim;
            order.Add(running.Tenant);
        }

        order.Should().Equal("a", "b", "a", "b", "a", "b", "a", "b", "a", "a");
    }

    [Fact]
    public async Task Close_TenantsWait_AllAreToldAndNothingIsHeld()
    {
        var slots = Create(1);
        slots.TryEnter(Of("a", most: 1), default).Should().BeTrue();
        using var cancellation = new CancellationTokenSource();
        var canceled = slots.EnterAsync(Of("b", most: 1), cancellation.Token).AsTask();
        var closed = slots.EnterAsync(Of("c", most: 1), default).AsTask();
        await cancellation.CancelAsync();
        var closing = slots.CloseAsync();

        await FluentActions.Awaiting(() => canceled.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await FluentActions.Awaiting(() => closed.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        closing.IsCompleted.Should().BeFalse();
        slots.Leave(Of("a", most: 1));
        await closing.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public void Rates_SoManyAtOnce_ThenEvenly()
    {
        var rates = new TenantRates(_time);
        for (var count = 0; count < 5; count++) rates.Refuse("a", 5).Should().BeNull();
        var refused = rates.Refuse("a", 5);

        (refused!.Limit, refused.Value).Should().Be((GuestLimit.TenantCalls, 5));
        rates.Refuse("b", 5).Should().BeNull();
        rates.Refuse(null, 5).Should().BeNull();
        rates.Refuse("a", null).Should().BeNull();
        _time.Advance(TimeSpan.FromMilliseconds(200));
        rates.Refuse("a", 5).Should().BeNull();
        rates.Refuse("a", 5).Should().NotBeNull();
        _time.Advance(TimeSpan.FromHours(1));
        for (var count = 0; count < 5; count++) rates.Refuse("a", 5).Should().BeNull();
        rates.Refuse("a", 5).Should().NotBeNull("what was not used is not saved up");
    }

    [Fact]
    public void Rates_OfTenantsThatAreIdle_AreForgotten()
    {
        var rates = new TenantRates(_time);
        for (var tenant = 0; tenant < 100_000; tenant++)
        {
            rates.Refuse($"tenant {tenant}", 1).Should().BeNull();
            if (tenant % 100 == 0) _time.Advance(TimeSpan.FromSeconds(1));
        }

        rates.Count.Should().BeLessThan(1000);
    }

    [Fact]
    public void Enter_ModuleHasALimit_OneTenantDoesNotTakeAllOfIt()
    {
        using var limited = new IdleModule { MaxConcurrentInvocations = 3 };
        var slots = Create(64);
        slots.TryEnter(Of("a", long.MaxValue, limited), default).Should().BeTrue();
        slots.TryEnter(Of("a", long.MaxValue, limited), default).Should().BeTrue();
        slots.TryEnter(Of("a", long.MaxValue, limited), default).Should().BeFalse();
        slots.TryEnter(Of("b", long.MaxValue, limited), default).Should().BeTrue();
        slots.TryEnter(Of("c", long.MaxValue, limited), default).Should().BeFalse("the module has three");
    }

    private static (SlotClaim Claim, Task Entered) Enter(InvocationSlots slots, SlotClaim claim) => (claim, slots.EnterAsync(claim, default).AsTask());

    private SlotClaim Of(string tenant, long most = long.MaxValue, GuestModule? module = null) => new(module ?? _module, tenant, most);

    private InvocationSlots Create(int count, int maxWaiting = 100)
    {
        var slots = new InvocationSlots(count, maxWaiting, TimeSpan.FromSeconds(5), timeProvider: _time);
        _created.Add(slots);
        return slots;
    }

    private sealed class IdleModule() : GuestModule("idle", GuestModuleKind.Command)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }
}
