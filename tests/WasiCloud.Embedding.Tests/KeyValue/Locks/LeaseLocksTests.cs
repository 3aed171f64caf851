using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Testing.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Locks;

/// <summary>What the conformance suite cannot bring about: other processes, and counting calls.</summary>
public sealed class LeaseLocksTests
{
    private const string Key = LeaseLocks.Prefix + "name";

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryKeyValueBackend _backend;
    private readonly LeaseLocks _locks;

    public LeaseLocksTests()
    {
        _backend = new MemoryKeyValueBackend(_clock);
        _locks = new LeaseLocks(_backend, timeProvider: _clock);
    }

    [Fact]
    public async Task Try_HolderIsAProcessThatEnded_TakesItOver()
    {
        using var process = Process.Start("/bin/true");
        await process.WaitForExitAsync();
        await PutAsync(LockOwner.Create(process.Id, "1"));

        await using var held = await _locks.TryAcquireAsync("name", default);

        held.Should().NotBeNull();
    }

    [Fact]
    public async Task Try_HolderHadTheNumberOfAProcessThatStartedLater_TakesItOver()
    {
        await PutAsync(LockOwner.Create(Environment.ProcessId, "1"));

        await using var held = await _locks.TryAcquireAsync("name", default);

        held.Should().NotBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("something else")]
    [InlineData("id\nanother machine\npid:[1]\n999999999\n1")]
    [InlineData("id\n\n\n999999999\n1")]
    public async Task Try_HolderIsNotKnownToBeGone_WaitsForTheLease(string owner)
    {
        await PutAsync(System.Text.Encoding.UTF8.GetBytes(owner));

        (await _locks.TryAcquireAsync("name", default)).Should().BeNull();

        _clock.Advance(LeaseLocks.DefaultLease);
        await using var held = await _locks.TryAcquireAsync("name", default);
        held.Should().NotBeNull();
    }

    [Fact]
    public async Task HandOver_InOneProcess_CallsNoBackend()
    {
        var held = await _locks.AcquireAsync("name", default);
        var waiting = _locks.AcquireAsync("name", default).AsTask();
        var before = (await _backend.CommitAsync(new(), default)).Revision;

        await held.DisposeAsync();
        await using var next = await waiting;

        (await _backend.CommitAsync(new(), default)).Revision.Should().Be(before);
        next.FencingToken.Should().Be(held.FencingToken + 1);
    }

    [Fact]
    public void Acquire_FreeInMemory_CompletesAtOnce() => _locks.AcquireAsync("name", default).IsCompletedSuccessfully.Should().BeTrue();

    [Theory]
    [InlineData(0.9)]
    [InlineData(3601)]
    public void Constructor_LeaseOutOfRange_Throws(double seconds) =>
        FluentActions.Invoking(() => new LeaseLocks(_backend, TimeSpan.FromSeconds(seconds))).Should().Throw<ArgumentOutOfRangeException>();

    /// <summary>A process that was stopped (SIGSTOP) goes on where it was, and its timers come when they come.</summary>
    [Fact]
    public async Task Lost_ProcessThatStoodStillForTheLease_IsKnownBeforeAnyTimerTicks()
    {
        var locks = new LeaseLocks(_backend, timeProvider: new TimerlessClock(_clock));
        await using var held = (await locks.TryAcquireAsync("name", default))!;
        held.Lost.IsCancellationRequested.Should().BeFalse();

        _clock.Advance(LeaseLocks.DefaultLease);

        held.Lost.IsCancellationRequested.Should().BeTrue();
    }

    private async Task PutAsync(byte[] owner) =>
        await _backend.CommitAsync(new(KeyValueOperation.Put(Key, owner, expires: _clock.GetUtcNow() + LeaseLocks.DefaultLease)), default);

    private sealed class TimerlessClock(TimeProvider clock) : TimeProvider
    {
        public override long TimestampFrequency => clock.TimestampFrequency;

        public override long GetTimestamp() => clock.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            clock.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
