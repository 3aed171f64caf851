using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

public sealed class KeyValueReadTests : KeyValueMountTestBase
{
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(100_000)]
    public async Task Read_ValueOfAnySize_IsTheValue(int size)
    {
        await PutAsync("a/b", new string('x', size));

        (await Guest.ReadAsync("a/b")).Should().Be(new string('x', size));
    }

    [Fact]
    public async Task Stat_File_ShowsSizeAndTimesWithoutLoadingTheValue()
    {
        await PutAsync("key", new string('x', 5000));

        var node = (await Guest.LookupAsync("key")).Value!;
        var attributes = (await node.GetAttributesAsync(default)).Value;

        attributes.Size.Should().Be(5000);
        attributes.Modified.Should().Be((ulong)Clock.GetUtcNow().ToUnixTimeSeconds() * 1_000_000_000);
        attributes.Inode.Should().NotBe(0);
    }

    [Fact]
    public async Task Stat_TimeWithFraction_KeepsNanoseconds()
    {
        Clock.Advance(TimeSpan.FromTicks(1234567));
        await PutAsync("key");

        var attributes = (await (await Guest.LookupAsync("key")).Value!.GetAttributesAsync(default)).Value;

        (attributes.Modified % 1_000_000_000).Should().Be(123456700);
    }

    [Fact]
    public async Task Open_AfterChange_SeesTheNewValueAndTheOldHandleTheOld()
    {
        await PutAsync("key", "old");
        var old = await Guest.OpenAsync("key", FileAccess.Read);
        await PutAsync("key", "new");

        (await Guest.ReadAsync("key")).Should().Be("new");
        (await KeyValueGuest.TextAsync(old)).Should().Be("old");
    }

    [Fact]
    public async Task Open_SameNodeAgain_SeesTheNewValue()
    {
        await PutAsync("key", "old");
        var file = (VirtualFile)(await Guest.LookupAsync("key")).Value!;
        await file.OpenAsync(new(FileAccess.Read), default);
        await PutAsync("key", "new");

        var again = await file.OpenAsync(new(FileAccess.Read), default);

        (await KeyValueGuest.TextAsync(again.Value!)).Should().Be("new");
    }

    [Fact]
    public async Task Open_DeletedSinceLookup_IsNoEnt()
    {
        await PutAsync("key", new string('x', 5000));
        var file = (VirtualFile)(await Guest.LookupAsync("key")).Value!;
        await DeleteAsync("key");

        (await file.OpenAsync(new(FileAccess.Read), default)).Error.Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Read_BehindTheEnd_IsZero()
    {
        await PutAsync("key", "abc");
        var handle = await Guest.OpenAsync("key", FileAccess.Read);

        (await handle.ReadAsync(new byte[9], 3, default)).Value.Should().Be(0);
        (await handle.ReadAsync(new byte[9], long.MaxValue, default)).Value.Should().Be(0);
    }

    [Fact]
    public async Task Access_NotAskedFor_IsBadF()
    {
        await PutAsync("key", "abc");
        var reading = await Guest.OpenAsync("key", FileAccess.Read);
        var writing = await Guest.OpenAsync("key", FileAccess.Write);

        (await reading.WriteAsync(new(new byte[1]), 0, default)).Error.Should().Be(Errno.BadF);
        (await reading.AppendAsync(new(new byte[1]), default)).Error.Should().Be(Errno.BadF);
        (await reading.SetSizeAsync(1, default)).Should().Be(Errno.BadF);
        (await writing.ReadAsync(new byte[1], 0, default)).Error.Should().Be(Errno.BadF);
    }

    [Fact]
    public async Task Open_ValueLargerThanTheLimit_IsFBig()
    {
        await PutAsync("key", "12345678901");
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { MaxValueBytes = 10 });

        (await guest.TryOpenAsync("key", FileAccess.Read)).Error.Should().Be(Errno.FBig);
        (await guest.TryOpenAsync("key", FileAccess.Write, truncate: true)).Error.Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Open_MoreThanTheGuestMayHold_IsNoMemUntilClosed()
    {
        await PutAsync("key", new string('x', 60));
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { MaxOpenBytes = 100 });
        var first = await guest.OpenAsync("key", FileAccess.Read);

        (await guest.TryOpenAsync("key", FileAccess.Read)).Error.Should().Be(Errno.NoMem);
        await KeyValueGuest.CloseAsync(first);
        (await guest.TryOpenAsync("key", FileAccess.Read)).Error.Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Prefix_Tenant_SeesOnlyItsOwnKeys()
    {
        await PutAsync("tenants/a/key", "mine");
        await PutAsync("tenants/b/key", "theirs");
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { Prefix = "tenants/a/" });

        (await guest.ListAsync()).Should().Equal("key");
        (await guest.ReadAsync("key")).Should().Be("mine");
        await guest.WriteAsync("new", "value");
        (await GetAsync("tenants/a/new")).Should().Be("value");
        (await guest.LookupAsync("tenants")).Error.Should().Be(Errno.NoEnt);
    }

    [Theory]
    [InlineData("tenant", 1, 1)]
    [InlineData("", -1, 1)]
    [InlineData("", 1, 0)]
    [InlineData("", 1, 1025)]
    public void Options_OutOfRange_Throw(string prefix, int maxValueBytes, int maxKeyBytes)
    {
        var create = () => new KeyValueMount(new MemoryKeyValueBackend(), new() { Prefix = prefix, MaxValueBytes = maxValueBytes, MaxKeyBytes = maxKeyBytes });

        create.Should().Throw<ArgumentException>()
            .WithMessage(prefix.Length > 0 ? "*.Prefix is *" : maxValueBytes < 0 ? "*.MaxValueBytes is *" : "*.MaxKeyBytes is *");
    }

    [Fact]
    public async Task Names_StartingWithDotAtTheRoot_AreReserved()
    {
        await PutAsync(".other/x");
        await PutAsync("a/.hidden", "fine");

        (await Guest.LookupAsync(".other")).Error.Should().Be(Errno.NoEnt);
        (await Guest.Root.CreateFileAsync(".new", false, default)).Error.Should().Be(Errno.Access);
        (await Guest.MakeDirectoryAsync(".new")).Should().Be(Errno.Access);
        (await Guest.UnlinkAsync(".other")).Should().Be(Errno.NoEnt);
        (await Guest.RenameAsync("a/.hidden", ".hidden")).Should().Be(Errno.Access);
        (await Guest.ListAsync()).Should().Equal("a/");
        (await Guest.ReadAsync("a/.hidden")).Should().Be("fine");
    }

    [Fact]
    public async Task Names_TooLongForAKey_AreNameTooLong()
    {
        var guest = await KeyValueGuest.AttachAsync(Backend, new() { MaxKeyBytes = 10 });

        (await guest.LookupAsync("12345678901")).Error.Should().Be(Errno.NameTooLong);
        (await guest.LookupAsync("éééééé")).Error.Should().Be(Errno.NameTooLong);
        (await guest.Root.CreateFileAsync("12345678901", false, default)).Error.Should().Be(Errno.NameTooLong);
        (await guest.MakeDirectoryAsync("1234567890")).Should().Be(Errno.NameTooLong);
        (await guest.WriteAsync("1234567890", "fits")).Should().Be(Errno.Success);
        (await guest.RenameAsync("1234567890", "12345678901")).Should().Be(Errno.NameTooLong);
    }

    [Fact]
    public async Task SetTimes_OfFileAndDirectory_SucceedsWithoutEffect()
    {
        await PutAsync("a/key");
        var node = (await Guest.LookupAsync("a/key")).Value!;
        var before = (await node.GetAttributesAsync(default)).Value;

        (await node.SetAttributesAsync(new(1, 2), default)).Should().Be(Errno.Success);
        (await (await Guest.LookupAsync("a")).Value!.SetAttributesAsync(new(1, 2), default)).Should().Be(Errno.Success);

        (await (await Guest.LookupAsync("a/key")).Value!.GetAttributesAsync(default)).Value.Should().Be(before);
    }

    [Fact]
    public async Task Links_AreRefused()
    {
        await PutAsync("key");
        (await Guest.Root.CreateSymlinkAsync("link", "key", default)).Should().Be(Errno.Perm);
        (await Guest.Root.LinkAsync((await Guest.LookupAsync("key")).Value!, "link", default)).Should().Be(Errno.Perm);
    }
}
