using System.Globalization;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

public sealed class KeyValueWriteTests : KeyValueMountTestBase
{
    [Fact]
    public async Task Write_BeforeClose_IsInvisibleAndAfterCloseWhole()
    {
        await PutAsync("key", "before");
        var handle = await Guest.OpenAsync("key", FileAccess.Write, truncate: true);
        await KeyValueGuest.WriteAsync(handle, "af");
        await KeyValueGuest.WriteAsync(handle, "ter", 2);

        (await Other.ReadAsync("key")).Should().Be("before");
        (await Guest.ReadAsync("key")).Should().Be("before");
        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await Other.ReadAsync("key")).Should().Be("after");
    }

    [Fact]
    public async Task Write_InPlace_KeepsTheRestAndZeroesAGap()
    {
        await PutAsync("key", "abcdef");
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite);
        await KeyValueGuest.WriteAsync(handle, "XY", 2);
        await KeyValueGuest.WriteAsync(handle, "Z", 8);

        (await KeyValueGuest.TextAsync(handle)).Should().Be("abXYef\0\0Z");
        await KeyValueGuest.CloseAsync(handle);
        (await GetAsync("key")).Should().Be("abXYef\0\0Z");
    }

    [Fact]
    public async Task Write_OverValueOfBackend_DoesNotChangeTheBackendsBytes()
    {
        await PutAsync("key", "abc");
        var entry = await Backend.GetAsync("key", 9, default);
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite);

        await KeyValueGuest.WriteAsync(handle, "X");

        entry!.Value!.Value.Span[0].Should().Be((byte)'a');
    }

    [Fact]
    public async Task SetSize_ShorterThenLonger_FillsWithZeros()
    {
        await PutAsync("key", "abcdef");
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite);

        await handle.SetSizeAsync(2, default);
        await handle.SetSizeAsync(4, default);

        (await handle.GetAttributesAsync(default)).Value.Size.Should().Be(4);
        await KeyValueGuest.CloseAsync(handle);
        (await GetAsync("key")).Should().Be("ab\0\0");
    }

    [Fact]
    public async Task Allocate_BeyondTheEnd_GrowsAndWithinDoesNot()
    {
        await PutAsync("key", "ab");
        var handle = await Guest.OpenAsync("key", FileAccess.Write);

        (await handle.AllocateAsync(0, 1, default)).Should().Be(Errno.Success);
        (await handle.GetAttributesAsync(default)).Value.Size.Should().Be(2);
        (await handle.AllocateAsync(2, 3, default)).Should().Be(Errno.Success);
        (await handle.GetAttributesAsync(default)).Value.Size.Should().Be(5);
    }

    [Fact]
    public async Task Write_BeyondTheLimits_IsFBigOrNoMemAndChangesNothing()
    {
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { MaxValueBytes = 10, MaxOpenBytes = 15 });
        var first = await guest.OpenAsync("a", FileAccess.Write, create: true);
        var second = await guest.OpenAsync("b", FileAccess.Write, create: true);
        await KeyValueGuest.WriteAsync(first, "1234567890");

        (await first.WriteAsync(new(new byte[1]), 10, default)).Error.Should().Be(Errno.FBig);
        (await first.WriteAsync(new(new byte[1]), long.MaxValue, default)).Error.Should().Be(Errno.FBig);
        (await first.AppendAsync(new(new byte[1]), default)).Error.Should().Be(Errno.FBig);
        (await first.SetSizeAsync(11, default)).Should().Be(Errno.FBig);
        (await first.AllocateAsync(0, long.MaxValue, default)).Should().Be(Errno.FBig);
        (await second.WriteAsync(new(new byte[6]), 0, default)).Error.Should().Be(Errno.NoMem);
        await KeyValueGuest.CloseAsync(first);
        (await second.WriteAsync(new(new byte[6]), 0, default)).Error.Should().Be(Errno.Success);
        (await GetAsync("a")).Should().Be("1234567890");
    }

    [Fact]
    public async Task SetSize_Smaller_CountsWhatIsStillAllocated()
    {
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { MaxValueBytes = 1000, MaxOpenBytes = 2000 });
        var first = await guest.OpenAsync("a", FileAccess.ReadWrite, create: true);
        var second = await guest.OpenAsync("b", FileAccess.ReadWrite, create: true);
        (await first.SetSizeAsync(1000, default)).Should().Be(Errno.Success);

        (await first.SetSizeAsync(900, default)).Should().Be(Errno.Success);
        (await second.SetSizeAsync(1000, default)).Should().Be(Errno.Success);
        var third = await guest.OpenAsync("c", FileAccess.ReadWrite, create: true);
        (await third.SetSizeAsync(1, default)).Should().Be(Errno.NoMem, "the array of the first has 1,000 bytes still");

        (await first.SetSizeAsync(0, default)).Should().Be(Errno.Success);
        (await third.SetSizeAsync(1000, default)).Should().Be(Errno.Success);
        (await first.SetSizeAsync(1, default)).Should().Be(Errno.NoMem);
    }

    [Fact]
    public async Task Truncate_OfAValueThatWasRead_AllocatesNothing()
    {
        await PutAsync("key", new string('x', 1000));
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { MaxValueBytes = 1000, MaxOpenBytes = 1000 });
        var handle = await guest.OpenAsync("key", FileAccess.ReadWrite);

        (await handle.SetSizeAsync(0, default)).Should().Be(Errno.Success);
        var other = await guest.OpenAsync("other", FileAccess.ReadWrite, create: true);
        (await other.SetSizeAsync(1000, default)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Write_ThatMovesTheContent_CountsBothArrays()
    {
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { MaxValueBytes = 1000, MaxOpenBytes = 1100 });
        var handle = await guest.OpenAsync("a", FileAccess.ReadWrite, create: true);
        (await handle.SetSizeAsync(600, default)).Should().Be(Errno.Success);

        (await handle.SetSizeAsync(601, default)).Should().Be(Errno.NoMem, "600 and 601 bytes are more than 1,100");
        (await handle.GetAttributesAsync(default)).Value.Size.Should().Be(600);
    }

    [Fact]
    public async Task Close_NothingWritten_DoesNotCommit()
    {
        await PutAsync("key", "value");
        var revision = (await Backend.GetAsync("key", 0, default))!.Revision;
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite);

        await KeyValueGuest.CloseAsync(handle);

        (await Backend.GetAsync("key", 0, default))!.Revision.Should().Be(revision);
    }

    [Fact]
    public async Task Close_Truncated_CommitsEmpty()
    {
        await PutAsync("key", "value");
        var handle = await Guest.OpenAsync("key", FileAccess.Write, truncate: true);

        await KeyValueGuest.CloseAsync(handle);

        (await GetAsync("key")).Should().BeEmpty();
    }

    [Fact]
    public async Task Close_Abandoned_CommitsNothing()
    {
        await PutAsync("key", "value");
        var existing = await Guest.OpenAsync("key", FileAccess.Write, truncate: true);
        var created = await Guest.OpenAsync("new", FileAccess.Write, create: true);
        await KeyValueGuest.WriteAsync(existing, "half");
        await KeyValueGuest.WriteAsync(created, "half");

        await existing.CloseAsync(CloseReason.Abandoned, default);
        await created.CloseAsync(CloseReason.Abandoned, default);

        (await GetAsync("key")).Should().Be("value");
        (await KeysAsync()).Should().Equal("key");
        (await Guest.LookupAsync("new")).Error.Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Flush_MakesVisibleAndLaterWritesNeedAnother()
    {
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite, create: true);
        await KeyValueGuest.WriteAsync(handle, "one");
        (await handle.FlushAsync(default)).Should().Be(Errno.Success);
        (await Other.ReadAsync("key")).Should().Be("one");

        await KeyValueGuest.WriteAsync(handle, "two");
        (await Other.ReadAsync("key")).Should().Be("one");
        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await Other.ReadAsync("key")).Should().Be("two");
    }

    [Fact]
    public async Task Overwrite_EntryWithExpiry_KeepsIt()
    {
        var expires = Clock.GetUtcNow().AddHours(1);
        await Backend.CommitAsync(new(KeyValueOperation.Put("key", default, expires: expires)), default);

        await Guest.WriteAsync("key", "new");

        (await Backend.GetAsync("key", 9, default))!.Expires.Should().Be(expires);
    }

    [Fact]
    public async Task FileStatus_OfHandle_ShowsItsOwnSizeAndTime()
    {
        await PutAsync("key", "abc");
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await KeyValueGuest.WriteAsync(handle, "abcdef");

        var own = (await handle.GetAttributesAsync(default)).Value;
        var others = (await (await Guest.LookupAsync("key")).Value!.GetAttributesAsync(default)).Value;

        own.Size.Should().Be(6);
        others.Size.Should().Be(3);
        (own.Modified - others.Modified).Should().Be(5_000_000_000);
    }

    [Fact]
    public async Task Append_Concurrent_KeepsAll()
    {
        await PutAsync("log", "start;");
        var first = await Guest.OpenAsync("log", FileAccess.Write);
        var second = await Other.OpenAsync("log", FileAccess.ReadWrite);
        (await KeyValueGuest.AppendAsync(first, "first;")).Should().Be(12);
        await KeyValueGuest.AppendAsync(second, "second;");

        (await KeyValueGuest.CloseAsync(first)).Should().Be(Errno.Success);
        (await KeyValueGuest.CloseAsync(second)).Should().Be(Errno.Success);

        (await GetAsync("log")).Should().Be("start;first;second;");
    }

    [Fact]
    public async Task Append_BothCreate_KeepsAll()
    {
        var first = await Guest.OpenAsync("log", FileAccess.Write, create: true);
        var second = await Other.OpenAsync("log", FileAccess.Write, create: true);
        await KeyValueGuest.AppendAsync(first, "1");
        await KeyValueGuest.AppendAsync(second, "2");

        (await KeyValueGuest.CloseAsync(first)).Should().Be(Errno.Success);
        (await KeyValueGuest.CloseAsync(second)).Should().Be(Errno.Success);

        (await GetAsync("log")).Should().Be("12");
    }

    [Fact]
    public async Task Append_FlushedRepeatedly_AppendsEachOnceAndSeesOthers()
    {
        var first = await Guest.OpenAsync("log", FileAccess.ReadWrite, create: true);
        var second = await Other.OpenAsync("log", FileAccess.ReadWrite, create: true);
        foreach (var text in new[] { "a", "b" })
        {
            await KeyValueGuest.AppendAsync(first, text);
            (await first.FlushAsync(default)).Should().Be(Errno.Success);
            await KeyValueGuest.AppendAsync(second, text.ToUpperInvariant());
            (await second.FlushAsync(default)).Should().Be(Errno.Success);
        }

        (await KeyValueGuest.TextAsync(second)).Should().Be("aAbB");
        await KeyValueGuest.CloseAsync(first);
        await KeyValueGuest.CloseAsync(second);
        (await GetAsync("log")).Should().Be("aAbB");
    }

    [Fact]
    public async Task Append_ManyGuestsAtOnce_LosesNothing()
    {
        const int Guests = 8, Each = 20;
        await Task.WhenAll(Enumerable.Range(0, Guests).Select(number => Task.Run(async () =>
        {
            var guest = await KeyValueGuest.AttachAsync(Backend);
            for (var index = 0; index < Each; index++)
            {
                var handle = await guest.OpenAsync("log", FileAccess.Write, create: true);
                await KeyValueGuest.AppendAsync(handle, string.Create(CultureInfo.InvariantCulture, $"{number}.{index};"));
                (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
            }
        })));

        (await GetAsync("log"))!.Split(';', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(Guests * Each).And.OnlyHaveUniqueItems();
    }
}
