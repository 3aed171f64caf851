using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Descriptors;

public class DescriptorTableTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(1000)]
    public void Add_UntilTheLimit_GivesNumbersInOrder(int limit)
    {
        var table = new DescriptorTable(limit);
        for (var number = 0u; number < limit; number++)
        {
            table.HasRoom.Should().BeTrue();
            table.Add(Open("/file", Errno.Success)).Should().Be(number);
        }

        table.LimitWasHit.Should().BeFalse();
        table.HasRoom.Should().BeFalse();
        table.LimitWasHit.Should().BeTrue();
        FluentActions.Invoking(() => table.Add(Open("/file", Errno.Success))).Should().Throw<InvalidOperationException>();
        table.TryGet((uint)limit, out _).Should().BeFalse();
        table.TryGet(uint.MaxValue, out _).Should().BeFalse();
    }

    [Fact]
    public async Task CloseAll_Errors_ClosesAllAndTellsTheFirst()
    {
        var table = new DescriptorTable(10);
        var closed = 0;
        foreach (var error in new[] { Errno.Success, Errno.Stale, Errno.NoSpc }) table.Add(Open($"/{error}", error, () => closed++));
        (await table.CloseAllAsync(CloseReason.Closed, CancellationToken.None)).Should().Be((Errno.Stale, "/Stale"));
        closed.Should().Be(3);
        (await table.CloseAllAsync(CloseReason.Closed, CancellationToken.None)).Should().Be((Errno.Success, null));
    }

    [Fact]
    public async Task CloseAll_Exceptions_ClosesAllAndThrowsTheFirst()
    {
        var table = new DescriptorTable(10);
        var closed = 0;
        table.Add(Open("/bad", Errno.Success, () => throw new TimeoutException()));
        table.Add(Open("/good", Errno.Success, () => closed++));
        var thrown = await FluentActions.Awaiting(() => table.CloseAllAsync(CloseReason.Closed, CancellationToken.None).AsTask())
            .Should().ThrowAsync<IOException>();
        thrown.Which.Message.Should().Contain("/bad");
        thrown.WithInnerException<TimeoutException>();
        closed.Should().Be(1);
    }

    [Fact]
    public async Task CloseAll_Cancelled_ThrowsTheCancellation()
    {
        var table = new DescriptorTable(10);
        using var end = new CancellationTokenSource();
        await end.CancelAsync();
        table.Add(Open("/file", Errno.Success, end.Token.ThrowIfCancellationRequested));
        await FluentActions.Awaiting(() => table.CloseAllAsync(CloseReason.Closed, end.Token).AsTask()).Should().ThrowAsync<OperationCanceledException>();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(999_999, 1)]
    [InlineData(1_000_000, 1)]
    [InlineData(1_000_001, 2)]
    public async Task DelayUntil_Deadline_RoundsUpToMilliseconds(long deadline, int milliseconds)
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var delay = new GuestClock(time).DelayUntilAsync(deadline, CancellationToken.None);
        for (var passed = 0; passed < milliseconds; passed++)
        {
            delay.IsCompleted.Should().BeFalse();
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        await delay;
    }

    private static Descriptor Open(string path, Errno error, Action? onClose = null) =>
        new(new NodeReference(new StreamNode(), new MountTable([]).Root, 1, isOwned: false), new ClosingHandle(error, onClose), path, string.Empty);

    private sealed class ClosingHandle(Errno error, Action? onClose) : FileHandle
    {
        public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
        {
            onClose?.Invoke();
            return new(error);
        }
    }
}
