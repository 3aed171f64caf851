using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>What others' commits get in the way of is tried for a time, however many come first.</summary>
public sealed class ContentionTests : KeyValueMountTestBase
{
    private const int Rivals = 200;

    [Fact]
    public async Task Append_ManyRivalsInARow_IsCommittedBehindThem()
    {
        await PutAsync("log");
        var guest = await RaceAsync(async rival => await PutAsync("log", await GetAsync("log") + rival % 10));
        var handle = await guest.OpenAsync("log", FileAccess.Write);
        await KeyValueGuest.AppendAsync(handle, "mine");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);

        (await GetAsync("log")).Should().HaveLength(Rivals + 4).And.EndWith("mine");
    }

    [Fact]
    public async Task Append_KeyComesAndGoes_IsCommitted()
    {
        var guest = await RaceAsync(async rival => await (rival % 2 == 0 ? PutAsync("log", "x") : DeleteAsync("log")));
        var handle = await guest.OpenAsync("log", FileAccess.Write, create: true);
        await KeyValueGuest.AppendAsync(handle, "mine");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);

        (await GetAsync("log")).Should().Be("mine");
    }

    [Fact]
    public async Task Create_DirectoryComesAndGoes_IsCommitted()
    {
        var guest = await RaceAsync(async _ =>
        {
            await PutAsync("a/b");
            await DeleteAsync("a/b");
        });
        var handle = await guest.OpenAsync("a", FileAccess.Write, create: true);

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await KeysAsync()).Should().Equal("a");
    }

    [Fact]
    public async Task TimeToLive_ManyRivalsInARow_IsSet()
    {
        await PutAsync("key", "value");
        var guest = await RaceAsync(rival => PutAsync("key", $"{rival}"));

        (await guest.WriteAsync(".meta/key", """{"ttl":60}""")).Should().Be(Errno.Success);

        (await Backend.GetAsync("key", 0, default))!.Expires.Should().NotBeNull();
    }

    [Fact]
    public async Task Rename_OfADirectoryThatOthersWriteBelow_Moves()
    {
        await PutAsync("x/0", "0");
        var guest = await RaceAsync(rival => PutAsync($"x/{rival % 7}", $"{rival}"));

        (await guest.RenameAsync("x", "y")).Should().Be(Errno.Success);

        (await KeysAsync()).Should().Equal(Enumerable.Range(0, 7).Select(number => $"y/{number}"));
        for (var number = 0; number < 7; number++)
            (await GetAsync($"y/{number}")).Should().Be($"{Enumerable.Range(0, Rivals).Last(rival => rival % 7 == number)}");
    }

    [Fact]
    public async Task Rename_TriedAgain_ReadsOnlyWhatHasChanged()
    {
        const int Count = 500;
        await Backend.CommitAsync(new([.. Enumerable.Range(0, Count).Select(number => KeyValueOperation.Put($"x/{number:D3}", default))]), default);
        var racing = Racing(rival => PutAsync("x/000", $"{rival}"));
        var guest = await KeyValueGuest.AttachAsync(racing, clock: new HurryingClock());

        (await guest.RenameAsync("x", "y")).Should().Be(Errno.Success);

        racing.Gets.Should().BeLessThan(Count + (5 * Rivals));
    }

    [Fact]
    public async Task Rename_OfALargeDirectoryTriedAgain_HoldsItOnce()
    {
        await PutAsync("x/0", new string('x', 3000));
        var guest = await KeyValueGuest.AttachAsync(
            Racing(rival => PutAsync(rival % 2 == 0 ? "x/0" : "x/1", new string('x', 3000))), new(
                )
            { MaxValueBytes = 4000, MaxOpenBytes = 8000 }, new HurryingClock());

        (await guest.RenameAsync("x", "y")).Should().Be(Errno.Success);
        (await guest.RenameAsync("y", "x")).Should().Be(Errno.Success, "what the first held was given back");
    }

    [Fact]
    public async Task RemoveDirectory_ThatOthersWriteBelow_IsRemoved()
    {
        await Guest.MakeDirectoryAsync("x");
        var guest = await RaceAsync(async _ =>
        {
            await PutAsync("x/key");
            await DeleteAsync("x/key");
        });

        (await guest.RemoveDirectoryAsync("x")).Should().Be(Errno.Success);
        (await KeysAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("rename")]
    [InlineData("rmdir")]
    public async Task Directory_ThatOthersWriteBelowForTooLong_IsBusyAndStays(string call)
    {
        await Guest.MakeDirectoryAsync("x");
        var rivals = 0;
        var guest = await RaceAsync(
            async _ =>
            {
                rivals++;
                await PutAsync("x/key");
                await DeleteAsync("x/key");
            },
            int.MaxValue);

        (call == "rename" ? await guest.RenameAsync("x", "y") : await guest.RemoveDirectoryAsync("x")).Should().Be(Errno.Busy);

        rivals.Should().BeInRange(300, 10_000, "ten seconds are the bound, and the pauses are short but no spinning");
        (await KeysAsync()).Should().Equal("x/");
    }

    [Fact]
    public async Task TransactionRead_OfAKeyThatChangesAllTheTime_IsOfOneMoment()
    {
        await PutAsync("key", "value");
        var guest = await RaceAsync(rival => PutAsync("key", $"{rival}"));
        await guest.MakeDirectoryAsync(".tx/t");
        await PutAsync("key", "changed since");

        (await guest.ReadAsync(".tx/t/key")).Should().Be($"{Rivals - 1}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Appends_OfGuestsOfOneHost_AreAllKept(bool inMemory)
    {
        const int Guests = 4, Appends = 250;
        var mount = new KeyValueMount(inMemory ? Backend : new YieldingBackend(Backend));

        await Task.WhenAll(Enumerable.Range(0, Guests).Select(_ => Task.Run(async () =>
        {
            var guest = await KeyValueGuest.AttachAsync(mount);
            for (var count = 0; count < Appends; count++)
            {
                var handle = await guest.OpenAsync("log", FileAccess.Write, create: true);
                await KeyValueGuest.AppendAsync(handle, "x");
                (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
            }
        })));

        (await GetAsync("log")).Should().HaveLength(Guests * Appends);
    }

    [Fact]
    public async Task Append_WhileAnotherOfTheHostHasTheTurn_WaitsForItAndNeedsNoSecondAttempt()
    {
        await PutAsync("log");
        var slow = new GatedBackend(Backend);
        var mount = new KeyValueMount(slow);
        var first = await AppendingAsync(mount, "1");
        var second = await AppendingAsync(mount, "2");
        slow.IsClosed = true;
        var firstClose = KeyValueGuest.CloseAsync(first);
        var secondClose = KeyValueGuest.CloseAsync(second);

        slow.Open();

        (await Task.WhenAll(firstClose, secondClose)).Should().AllBeEquivalentTo(Errno.Success);
        (await GetAsync("log")).Should().Be("12");
        slow.Commits.Should().Be(3, "the second was behind the first once, and knows it");
    }

    [Fact]
    public async Task Append_CancelledWhileItWaitsForItsTurn_LeavesTheQueue()
    {
        await PutAsync("log");
        var slow = new GatedBackend(Backend);
        var mount = new KeyValueMount(slow);
        var (first, second, third) = (await AppendingAsync(mount, "1"), await AppendingAsync(mount, "2"), await AppendingAsync(mount, "3"));
        slow.IsClosed = true;
        using var cancellation = new CancellationTokenSource();
        var firstClose = KeyValueGuest.CloseAsync(first);
        var secondClose = second.CloseAsync(CloseReason.Closed, cancellation.Token).AsTask();
        var thirdClose = KeyValueGuest.CloseAsync(third);

        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => secondClose).Should().ThrowAsync<OperationCanceledException>();
        slow.Open();

        (await Task.WhenAll(firstClose, thirdClose)).Should().AllBeEquivalentTo(Errno.Success);
        (await GetAsync("log")).Should().Be("13");
    }

    [Fact]
    public Task Memory_RenamesWhileOthersWriteBelow_AreNeverBusy() => CompetingGuests.RenameAsync(Backend, rounds: 300);

    private static async Task<FileHandle> AppendingAsync(KeyValueMount mount, string text)
    {
        var handle = await (await KeyValueGuest.AttachAsync(mount)).OpenAsync("log", FileAccess.Write);
        await KeyValueGuest.AppendAsync(handle, text);
        return handle;
    }

    private Task<KeyValueGuest> RaceAsync(Func<int, Task> rival, int rivals = Rivals) =>
        KeyValueGuest.AttachAsync(Racing(rival, rivals), clock: new HurryingClock());

    // Before each commit of the guest, as long as there are any.
    private CountingBackend Racing(Func<int, Task> rival, int rivals = Rivals)
    {
        var racing = new CountingBackend(Backend);
        var count = 0;
        racing.BeforeCommitWithOperations = InterfereAsync;
        return racing;

        async Task InterfereAsync()
        {
            await rival(count++);
            if (count < rivals) racing.BeforeCommitWithOperations = InterfereAsync;
        }
    }
}
