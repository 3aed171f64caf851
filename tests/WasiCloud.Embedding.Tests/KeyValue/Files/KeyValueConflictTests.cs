using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>Creation, compare-and-swap and last-writer-wins between guests.</summary>
public sealed class KeyValueConflictTests : KeyValueMountTestBase
{
    [Fact]
    public async Task Exclusive_CreatedMeanwhile_CloseIsExist()
    {
        var handle = await Guest.OpenAsync("key", FileAccess.Write, create: true, exclusive: true);
        await KeyValueGuest.WriteAsync(handle, "mine");
        await PutAsync("key", "theirs");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Exist);
        (await GetAsync("key")).Should().Be("theirs");
    }

    [Fact]
    public async Task Exclusive_TwoGuests_ExactlyOneSucceeds()
    {
        var first = await Guest.OpenAsync("key", FileAccess.ReadWrite, create: true, exclusive: true);
        var second = await Other.OpenAsync("key", FileAccess.ReadWrite, create: true, exclusive: true);

        (await KeyValueGuest.CloseAsync(second)).Should().Be(Errno.Success);
        (await first.FlushAsync(default)).Should().Be(Errno.Exist);
        (await KeyValueGuest.CloseAsync(first)).Should().Be(Errno.Exist);
    }

    [Theory]
    [InlineData(true, Errno.Exist)]
    [InlineData(false, Errno.Stale)]
    public async Task Creation_LostAtFlush_StaysLostWhenTheKeyIsFreeAgain(bool exclusive, Errno expected)
    {
        var handle = await Guest.OpenAsync("lock", FileAccess.ReadWrite, create: true, exclusive: exclusive);
        await PutAsync("lock", "theirs");
        await KeyValueGuest.WriteAsync(handle, "mine");
        (await handle.FlushAsync(default)).Should().Be(expected);
        await DeleteAsync("lock");

        (await Guest.LookupAsync("lock")).Error.Should().Be(Errno.NoEnt);
        (await KeyValueGuest.CloseAsync(handle)).Should().Be(expected);
        (await GetAsync("lock")).Should().BeNull();
    }

    [Fact]
    public async Task Append_TriedAgainAfterRivalsForTooLong_KeepsWhatTheyAppended()
    {
        var rivals = 0;
        var racing = new CountingBackend(Backend);
        racing.BeforeCommitWithOperations = AppendAsync;
        await PutAsync("log", "0;");
        var guest = await KeyValueGuest.AttachAsync(racing, clock: new HurryingClock());
        var handle = await guest.OpenAsync("log", FileAccess.Write);
        await KeyValueGuest.AppendAsync(handle, "mine;");

        (await handle.FlushAsync(default)).Should().Be(Errno.Again);
        rivals.Should().BeInRange(300, 10_000, "ten seconds are the bound, and the pauses are short but no spinning");
        racing.BeforeCommitWithOperations = null;
        (await handle.FlushAsync(default)).Should().Be(Errno.Success);

        (await GetAsync("log")).Should().Be(string.Concat(Enumerable.Range(0, rivals + 1).Select(rival => $"{rival};")) + "mine;");
        await KeyValueGuest.CloseAsync(handle);

        async Task AppendAsync()
        {
            await PutAsync("log", await GetAsync("log") + $"{++rivals};");
            racing.BeforeCommitWithOperations = AppendAsync;
        }
    }

    [Fact]
    public async Task Append_BehindMoreThanTheGuestMayHold_IsNoMemAndAppendsNothing()
    {
        await PutAsync("log", "0;");
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { MaxValueBytes = 1000, MaxOpenBytes = 60 });
        var handle = await guest.OpenAsync("log", FileAccess.Write);
        await KeyValueGuest.AppendAsync(handle, "mine;");
        await PutAsync("log", new string('x', 100));

        (await handle.FlushAsync(default)).Should().Be(Errno.NoMem);
        (await GetAsync("log")).Should().Be(new string('x', 100));

        await PutAsync("log", "1;");
        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success, "nothing is held of the attempt");
        (await GetAsync("log")).Should().Be("1;mine;");
    }

    [Fact]
    public async Task ReadWrite_ChangedSinceOpen_CloseIsStale()
    {
        await PutAsync("key", "1");
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite);
        await KeyValueGuest.WriteAsync(handle, "2");
        await PutAsync("key", "3");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Stale);
        (await GetAsync("key")).Should().Be("3");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadWrite_DeletedSinceOpen_CloseIsStale(bool recreated)
    {
        await PutAsync("key", "1");
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite);
        await KeyValueGuest.WriteAsync(handle, "2");
        await DeleteAsync("key");
        if (recreated) await PutAsync("key", "1");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Stale);
        (await GetAsync("key")).Should().Be(recreated ? "1" : null);
    }

    [Fact]
    public async Task ReadWrite_FlushedTwice_ComparesWithItsOwnCommit()
    {
        await PutAsync("key", "1");
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite);
        await KeyValueGuest.WriteAsync(handle, "2");
        (await handle.FlushAsync(default)).Should().Be(Errno.Success);
        await KeyValueGuest.WriteAsync(handle, "3");

        (await handle.FlushAsync(default)).Should().Be(Errno.Success);
        await PutAsync("key", "4");
        await KeyValueGuest.WriteAsync(handle, "5");
        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Stale);
    }

    [Fact]
    public async Task ReadWrite_CreatedByBoth_SecondIsStale()
    {
        var first = await Guest.OpenAsync("key", FileAccess.ReadWrite, create: true);
        var second = await Other.OpenAsync("key", FileAccess.ReadWrite, create: true);
        await KeyValueGuest.WriteAsync(first, "1");
        await KeyValueGuest.WriteAsync(second, "2");

        (await KeyValueGuest.CloseAsync(first)).Should().Be(Errno.Success);
        (await KeyValueGuest.CloseAsync(second)).Should().Be(Errno.Stale);
    }

    [Fact]
    public async Task WriteOnly_ChangedSinceOpen_LastWriterWins()
    {
        await PutAsync("key", "1");
        var handle = await Guest.OpenAsync("key", FileAccess.Write, truncate: true);
        await KeyValueGuest.WriteAsync(handle, "2");
        await PutAsync("key", "3");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await GetAsync("key")).Should().Be("2");
    }

    [Fact]
    public async Task WriteOnly_DeletedSinceOpen_LastWriterWins()
    {
        await PutAsync("key", "1");
        var handle = await Guest.OpenAsync("key", FileAccess.Write, truncate: true);
        await DeleteAsync("key");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await GetAsync("key")).Should().BeEmpty();
    }

    [Fact]
    public async Task Create_NothingWritten_CreatesEmptyButNeverClobbers()
    {
        var first = await Guest.OpenAsync("first", FileAccess.Write, create: true);
        var second = await Guest.OpenAsync("second", FileAccess.Write, create: true);
        await PutAsync("second", "theirs");

        (await KeyValueGuest.CloseAsync(first)).Should().Be(Errno.Success);
        (await KeyValueGuest.CloseAsync(second)).Should().Be(Errno.Success);

        (await GetAsync("first")).Should().BeEmpty();
        (await GetAsync("second")).Should().Be("theirs");
    }

    [Fact]
    public async Task Create_NotClosed_ShowsToThisGuestOnly()
    {
        var handle = await Guest.OpenAsync("key", FileAccess.Write, create: true);
        await KeyValueGuest.WriteAsync(handle, "content");

        (await Other.LookupAsync("key")).Error.Should().Be(Errno.NoEnt);
        (await Other.ListAsync()).Should().BeEmpty();
        (await Guest.ListAsync()).Should().Equal("key");
        (await Guest.TryOpenAsync("key", FileAccess.Write, create: true, exclusive: true)).Error.Should().Be(Errno.Exist);
        var attributes = (await (await Guest.LookupAsync("key")).Value!.GetAttributesAsync(default)).Value;
        attributes.Size.Should().Be(0);
        (await Guest.ReadAsync("key")).Should().BeEmpty();
        await KeyValueGuest.CloseAsync(handle);
        (await Other.ReadAsync("key")).Should().Be("content");
        (await Guest.ListAsync()).Should().Equal("key");
    }

    [Fact]
    public async Task Create_NeverOpened_LeavesNoTrace()
    {
        var file = (await Guest.Root.CreateFileAsync("key", false, default)).Value!;

        file.Release();

        (await Guest.LookupAsync("key")).Error.Should().Be(Errno.NoEnt);
        (await KeysAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Create_WhereADirectoryIs_IsIsDir()
    {
        await PutAsync("a/b");

        (await Guest.Root.CreateFileAsync("a", false, default)).Error.Should().Be(Errno.IsDir);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Create_DirectoryAppearsBeforeClose_CloseIsIsDir(bool exclusive)
    {
        // Revision 0 would be looked at again at the commit; what is to be tested is the commit's condition.
        await PutAsync("other");
        var handle = await Guest.OpenAsync("a", FileAccess.Write, create: true, exclusive: exclusive);
        await PutAsync("a/b");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.IsDir);
        (await KeysAsync()).Should().Equal("a/b", "other");
    }

    [Fact]
    public async Task Create_DirectoryCameAndWentBeforeClose_Succeeds()
    {
        await PutAsync("other");
        var handle = await Guest.OpenAsync("a", FileAccess.Write, create: true);
        await PutAsync("a/b");
        await DeleteAsync("a/b");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Create_AncestorIsAFileByThen_CloseIsNotDir()
    {
        await PutAsync("a/b/x");
        var handle = await Guest.OpenAsync("a/b/c", FileAccess.Write, create: true);
        await DeleteAsync("a/b/x");
        await PutAsync("a", "file");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.NotDir);
        (await KeysAsync()).Should().Equal("a");
        (await Guest.LookupAsync("a/b")).Error.Should().Be(Errno.NotDir);
    }
}
