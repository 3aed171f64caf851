using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>
/// A second descriptor of the same guest is "somebody else" (docs/filesystem.md, "/beta/kv"): each opening is an open file description of its own (POSIX XBD
/// 3.258) with a value and a version of its own, whoever has it. What a guest knows of itself is only which names it has created and not committed.
/// </summary>
public sealed class KeyValueOwnDescriptorTests : KeyValueMountTestBase
{
    [Fact]
    public async Task CompareAndSwap_OtherDescriptorCommittedMeanwhile_IsStale()
    {
        await PutAsync("key", "0");
        var (first, second) = (await Guest.OpenAsync("key", FileAccess.ReadWrite), await Guest.OpenAsync("key", FileAccess.ReadWrite));
        await KeyValueGuest.WriteAsync(first, "1");
        await KeyValueGuest.WriteAsync(second, "2");
        (await KeyValueGuest.CloseAsync(second)).Should().Be(Errno.Success);

        (await KeyValueGuest.CloseAsync(first)).Should().Be(Errno.Stale);
        (await GetAsync("key")).Should().Be("2");
    }

    // The descriptor itself goes on from what it has committed.
    [Fact]
    public async Task CompareAndSwap_ItsOwnFlush_IsNobodyElse()
    {
        await PutAsync("key", "0");
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite);
        await KeyValueGuest.WriteAsync(handle, "1");
        (await handle.FlushAsync(default)).Should().Be(Errno.Success);
        await KeyValueGuest.WriteAsync(handle, "2");

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await GetAsync("key")).Should().Be("2");
    }

    [Fact]
    public async Task CompareAndSwap_KeyRemovedByTheSameGuest_CommitsNothing()
    {
        await PutAsync("key", "0");
        var handle = await Guest.OpenAsync("key", FileAccess.ReadWrite);
        await KeyValueGuest.WriteAsync(handle, "1");
        (await Guest.Root.RemoveFileAsync("key", default)).Should().Be(Errno.Success);

        (await KeyValueGuest.CloseAsync(handle)).Should().Be(Errno.Success);
        (await GetAsync("key")).Should().BeNull();
    }

    // POSIX open: O_CREAT and O_EXCL, EEXIST if the file exists; for this guest, it does.
    [Fact]
    public async Task Exclusive_NameThatTheGuestItselfCreates_IsExistAtOnce()
    {
        var first = await Guest.OpenAsync("key", FileAccess.Write, create: true, exclusive: true);
        (await Guest.TryOpenAsync("key", FileAccess.Write, create: true, exclusive: true)).Error.Should().Be(Errno.Exist);
        await KeyValueGuest.WriteAsync(first, "mine");

        (await KeyValueGuest.CloseAsync(first)).Should().Be(Errno.Success);
        (await GetAsync("key")).Should().Be("mine");
    }

    [Fact]
    public async Task Exclusive_OtherDescriptorCommittedMeanwhile_IsExist()
    {
        var first = await Guest.OpenAsync("key", FileAccess.Write, create: true, exclusive: true);
        await KeyValueGuest.WriteAsync(first, "first");
        var second = await Guest.OpenAsync("key", FileAccess.Write);
        await KeyValueGuest.WriteAsync(second, "second");
        (await KeyValueGuest.CloseAsync(second)).Should().Be(Errno.Success);

        (await KeyValueGuest.CloseAsync(first)).Should().Be(Errno.Exist);
        (await GetAsync("key")).Should().Be("second");
    }

    [Fact]
    public async Task Values_OfTwoDescriptors_AreApartUntilTheyAreCommitted()
    {
        await PutAsync("key", "0");
        var (first, second) = (await Guest.OpenAsync("key", FileAccess.ReadWrite), await Guest.OpenAsync("key", FileAccess.ReadWrite));
        await KeyValueGuest.WriteAsync(first, "1");

        (await KeyValueGuest.TextAsync(second)).Should().Be("0");
        (await first.FlushAsync(default)).Should().Be(Errno.Success);
        (await KeyValueGuest.TextAsync(second)).Should().Be("0");
        (await Guest.ReadAsync("key")).Should().Be("1");
        await KeyValueGuest.CloseAsync(first);
        await KeyValueGuest.CloseAsync(second);
    }

    // O_APPEND commits what was appended, whatever is there by then.
    [Fact]
    public async Task Append_OfTwoDescriptors_IsAllKept()
    {
        await PutAsync("key", "0");
        var (first, second) = (await Guest.OpenAsync("key", FileAccess.Write), await Guest.OpenAsync("key", FileAccess.Write));
        await KeyValueGuest.AppendAsync(first, "1");
        await KeyValueGuest.AppendAsync(second, "2");
        (await KeyValueGuest.CloseAsync(second)).Should().Be(Errno.Success);
        (await KeyValueGuest.CloseAsync(first)).Should().Be(Errno.Success);

        (await GetAsync("key")).Should().Be("021");
    }
}
