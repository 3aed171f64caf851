using System.Collections.Concurrent;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Locks;
using Xunit;

namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>Locks made of the backend's entries, within one process and between two.</summary>
public abstract class KeyValueLockConformance : KeyValueBackendConformance
{
    private const string Name = "a/name";

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    private LeaseLocks? _here;
    private LeaseLocks? _elsewhere;

    /// <summary>The lease of the locks. A suite that really waits makes it no longer than it must.</summary>
    protected virtual TimeSpan Lease => TimeSpan.FromSeconds(6);

    /// <summary>
    /// The clock for leases; a suite whose <see cref="KeyValueBackendConformance.AdvanceAsync"/> really waits overrides it with the system's.
    /// </summary>
    protected virtual TimeProvider LeaseTimeProvider => Clock;

    private LeaseLocks Here => _here ??= NewLocks(Backend);

    // Objects know nothing of each other, as processes do not.
    private LeaseLocks Elsewhere => _elsewhere ??= NewLocks(Backend);

    [Fact]
    public async Task Try_Free_IsTaken()
    {
        await using var held = await Here.TryAcquireAsync(Name, Timeout);

        held!.FencingToken.Should().BePositive();
        held.Lost.IsCancellationRequested.Should().BeFalse();
    }

    [Fact]
    public async Task Try_Held_IsNullUntilItIsReleased()
    {
        var held = await Here.AcquireAsync(Name, Timeout);

        (await Here.TryAcquireAsync(Name, Timeout)).Should().BeNull();
        (await Elsewhere.TryAcquireAsync(Name, Timeout)).Should().BeNull();
        await held.DisposeAsync();
        await held.DisposeAsync();

        await using var next = await Elsewhere.TryAcquireAsync(Name, Timeout);
        next.Should().NotBeNull();
    }

    [Fact]
    public async Task Acquire_OtherNames_DoNotWait()
    {
        await using var first = await Here.AcquireAsync("a", Timeout);
        await using var second = await Here.AcquireAsync("a/b", Timeout);
        await using var third = await Elsewhere.AcquireAsync("ab", Timeout);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Acquire_Held_WaitsForTheRelease(bool isElsewhere)
    {
        var held = await Here.AcquireAsync(Name, Timeout);
        var waiting = (isElsewhere ? Elsewhere : Here).AcquireAsync(Name, Timeout).AsTask();
        waiting.IsCompleted.Should().BeFalse();

        await held.DisposeAsync();

        await using var next = await waiting;
        next.FencingToken.Should().BeGreaterThan(held.FencingToken);
    }

    [Fact]
    public async Task Release_NobodyWaits_LeavesNothingBehind()
    {
        await (await Here.AcquireAsync(Name, Timeout)).DisposeAsync();

        (await ListKeysAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Acquire_ManyInOneProcess_GetItInTheirOrder()
    {
        var held = await Here.AcquireAsync(Name, Timeout);
        var waiting = Enumerable.Range(0, 5).Select(_ => Here.AcquireAsync(Name, Timeout).AsTask()).ToList();
        foreach (var next in waiting)
        {
            waiting.Should().OnlyContain(other => !other.IsCompleted || waiting.IndexOf(other) < waiting.IndexOf(next));
            await held.DisposeAsync();
            held = await next;
        }

        await held.DisposeAsync();
    }

    [Fact]
    public async Task Acquire_ByManyEverywhere_ExcludesAndRaisesTheToken()
    {
        const int Workers = 6, Each = 20;
        var (holders, most) = (0, 0);
        var tokens = new ConcurrentQueue<long>();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var index = 0; index < Each; index++)
            {
                await using var held = await (worker % 2 == 0 ? Here : Elsewhere).AcquireAsync(Name, Timeout);
                most = Math.Max(most, Interlocked.Increment(ref holders));
                tokens.Enqueue(held.FencingToken);
                await Task.Yield();
                Interlocked.Decrement(ref holders);
            }
        })));

        most.Should().Be(1);
        tokens.Should().HaveCount(Workers * Each).And.OnlyHaveUniqueItems().And.BeInAscendingOrder();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Acquire_CancelledWhileWaiting_LeavesTheQueue(bool isElsewhere)
    {
        var held = await Here.AcquireAsync(Name, Timeout);
        using var cancellation = new CancellationTokenSource();
        var cancelled = (isElsewhere ? Elsewhere : Here).AcquireAsync(Name, cancellation.Token).AsTask();
        var waiting = (isElsewhere ? Elsewhere : Here).AcquireAsync(Name, Timeout).AsTask();

        await cancellation.CancelAsync();

        await FluentActions.Awaiting(() => cancelled).Should().ThrowAsync<OperationCanceledException>();
        waiting.IsCompleted.Should().BeFalse();
        await held.DisposeAsync();
        await (await waiting).DisposeAsync();
        (await ListKeysAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Held_LongerThanTheLease_IsRenewed()
    {
        var (backend, locks, held) = await HoldAsync();

        for (var count = 0; count < 4; count++) await RenewAsync(backend);

        held.Lost.IsCancellationRequested.Should().BeFalse();
        (await Elsewhere.TryAcquireAsync(Name, Timeout)).Should().BeNull();
        await held.DisposeAsync();
        await using var next = await locks.AcquireAsync(Name, Timeout);
        next.FencingToken.Should().BeGreaterThan(held.FencingToken);
    }

    [Fact]
    public async Task HandOver_AfterARenewal_RaisesTheToken()
    {
        var (backend, locks, held) = await HoldAsync();
        var waiting = locks.AcquireAsync(Name, Timeout).AsTask();
        await RenewAsync(backend);

        await held.DisposeAsync();

        await using var next = await waiting;
        next.FencingToken.Should().BeGreaterThan(held.FencingToken);
    }

    [Fact]
    public async Task HandOver_AfterAWholeLease_LetsOtherProcessesIn()
    {
        var (backend, locks, held) = await HoldAsync();
        var local = locks.AcquireAsync(Name, Timeout).AsTask();
        var remote = Elsewhere.AcquireAsync(Name, Timeout).AsTask();
        for (var count = 0; count < 3; count++) await RenewAsync(backend);

        await held.DisposeAsync();

        var next = await remote;
        local.IsCompleted.Should().BeFalse();
        await next.DisposeAsync();
        while (!local.IsCompleted)
        {
            await AdvanceAsync(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        await (await local).DisposeAsync();
    }

    [Fact]
    public async Task Holder_CutOff_LosesTheLockBeforeAnotherGetsIt()
    {
        var backend = new CutOffBackend(Backend);
        var held = await NewLocks(backend).AcquireAsync(Name, Timeout);
        var wasLostFirst = false;
        Task<IKeyValueLock>? waiting = null;
        await using var registration = held.Lost.Register(() => wasLostFirst = !waiting!.IsCompleted);
        waiting = Elsewhere.AcquireAsync(Name, Timeout).AsTask();
        backend.CutOff();

        for (var sixth = 0; sixth < 6; sixth++) await AdvanceAsync(Lease / 6);

        await using var next = await waiting;
        wasLostFirst.Should().BeTrue();
        next.FencingToken.Should().BeGreaterThan(held.FencingToken);
        await held.DisposeAsync();
        (await Here.TryAcquireAsync(Name, Timeout)).Should().BeNull();
    }

    [Fact]
    public async Task Holder_WhoseEntryIsGone_LosesTheLockAtTheNextRenewal()
    {
        var held = await Here.AcquireAsync(Name, Timeout);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = held.Lost.Register(lost.SetResult);
        await DeleteAsync(LeaseLocks.Prefix + Name);

        await AdvanceAsync(Lease / 3);

        await lost.Task.WaitAsync(Timeout);
        await using var next = await Elsewhere.AcquireAsync(Name, Timeout);
        await held.DisposeAsync();
        (await Here.TryAcquireAsync(Name, Timeout)).Should().BeNull();
    }

    [Fact]
    public async Task Name_NotAllowed_IsRefused()
    {
        await Here.Awaiting(locks => locks.AcquireAsync(string.Empty, Timeout).AsTask()).Should().ThrowAsync<ArgumentException>();
        await Here.Awaiting(locks => locks.TryAcquireAsync(new string('a', KeyValueKey.MaxBytes), Timeout).AsTask()).Should().ThrowAsync<ArgumentException>();
    }

    private LeaseLocks NewLocks(IKeyValueBackend backend) => new(backend, Lease, LeaseTimeProvider);

    // Lets a third of the lease pass, and waits until the holder knows that the entry was put again.
    private async Task RenewAsync(CutOffBackend backend)
    {
        await AdvanceAsync(Lease / 6);
        await AdvanceAsync(Lease / 6);
        var committed = backend.CommittedAsync(Timeout);

        // The holder may have begun to wait for its next renewal only when the time had passed.
        while (await Task.WhenAny(committed, Task.Delay(Moment, CancellationToken.None)) != committed) await AdvanceAsync(Lease / 24);
        await committed;
    }

    private async Task<(CutOffBackend Backend, LeaseLocks Locks, IKeyValueLock Held)> HoldAsync()
    {
        var backend = new CutOffBackend(Backend);
        var locks = NewLocks(backend);
        var held = await locks.AcquireAsync(Name, Timeout);
        await backend.CommittedAsync(Timeout);
        return (backend, locks, held);
    }
}
