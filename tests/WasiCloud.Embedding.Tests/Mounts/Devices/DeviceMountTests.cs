using System.Buffers;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Devices;
using WasiCloud.Embedding.Tests.Mounts.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Devices;

public sealed class DeviceMountTests
{
    [Fact]
    public async Task Enumerate_ListsCharacterDevicesThatLookupFinds()
    {
        var root = await AttachAsync();
        var names = new List<string>();
        await foreach (var entry in root.EnumerateAsync(default))
        {
            names.Add(entry.Name);
            var node = (await root.LookupAsync(entry.Name, default)).Value!;
            entry.Type.Should().Be(FileType.CharacterDevice).And.Be(node.Type);
            (await node.GetAttributesAsync(default)).Value.Inode.Should().Be(entry.Inode);
        }

        names.Should().BeEquivalentTo("null", "zero", "full", "random", "urandom");
        (await root.LookupAsync("tty", default)).Error.Should().Be(Errno.NoEnt);
    }

    [Theory]
    [InlineData("null", 0)]
    [InlineData("zero", 7)]
    [InlineData("full", 7)]
    [InlineData("random", 7)]
    [InlineData("urandom", 7)]
    public async Task Read_GivesAsManyBytesAsTheDeviceHas(string name, int expected)
    {
        var handle = await OpenAsync(name);

        (await handle.ReadAsync(new byte[7], 1000, default)).Should().Be((FsResult<int>)expected);
        GuestMemory.TryRead(handle, 1000, new byte[3], new byte[4]).Should().Be((FsResult<int>)expected);
    }

    [Theory]
    [InlineData("null", Errno.Success)]
    [InlineData("zero", Errno.Success)]
    [InlineData("full", Errno.NoSpc)]
    [InlineData("random", Errno.Success)]
    [InlineData("urandom", Errno.Success)]
    public async Task Write_SwallowsAllOrIsNoSpc(string name, Errno expected)
    {
        var handle = await OpenAsync(name);
        var written = await handle.WriteAsync(new ReadOnlySequence<byte>(new byte[5]), 9, default);

        written.Should().Be(expected == Errno.Success ? (FsResult<long>)5L : expected);
        GuestMemory.TryWrite(handle, 9, "ab", "cde").Should().Be(expected == Errno.Success ? (FsResult<int>)5 : expected);
        GuestMemory.TryAppend(handle, "abcde").Should().Be(written);
        (await handle.AppendAsync(new ReadOnlySequence<byte>(new byte[5]), default)).Should().Be(written);
    }

    [Fact]
    public async Task Zero_Read_OverwritesWithZeros()
    {
        byte[] first = [1, 2, 3], second = [4, 5];
        GuestMemory.TryRead(await OpenAsync("zero"), 0, first, second);

        first.Concat(second).Should().OnlyContain(static value => value == 0);
    }

    [Fact]
    public async Task Random_Read_FillsEveryPiece()
    {
        byte[] first = new byte[32], second = new byte[32];
        GuestMemory.TryRead(await OpenAsync("random"), 0, first, second);

        // Each is all zeros, or equal to the other, once in 2^256.
        first.Should().Contain(static value => value != 0);
        second.Should().Contain(static value => value != 0).And.NotEqual(first);
    }

    [Fact]
    public async Task Handle_WithoutTheAccess_IsBadF()
    {
        (await (await OpenAsync("zero", FileAccess.Write)).ReadAsync(new byte[1], 0, default)).Error.Should().Be(Errno.BadF);
        (await (await OpenAsync("null", FileAccess.Read)).WriteAsync(new ReadOnlySequence<byte>(new byte[1]), 0, default)).Error.Should().Be(Errno.BadF);
        GuestMemory.TryRead(await OpenAsync("zero", FileAccess.Write), 0, new byte[1]).Should().Be((FsResult<int>)Errno.BadF);
        GuestMemory.TryWrite(await OpenAsync("null", FileAccess.Read), 0, "x").Should().Be((FsResult<int>)Errno.BadF);
    }

    [Fact]
    public async Task Open_Truncate_IsIgnoredAndSizeCannotBeSet()
    {
        var file = (VirtualFile)(await (await AttachAsync()).LookupAsync("null", default)).Value!;
        var handle = (await file.OpenAsync(new(FileAccess.ReadWrite, Truncate: true), default)).Value!;

        (await handle.SetSizeAsync(0, default)).Should().Be(Errno.Inval);
        handle.CanSeek.Should().BeTrue("a device that cannot seek passes for a terminal");
    }

    [Fact]
    public async Task Names_CannotBeChanged()
    {
        var root = await AttachAsync();

        (await root.CreateFileAsync("x", exclusive: true, default)).Error.Should().Be(Errno.RoFs);
        (await root.RemoveFileAsync("null", default)).Should().Be(Errno.RoFs);
    }

    private static async Task<VirtualDirectory> AttachAsync() => await new DeviceMount().AttachAsync(new InvocationContext { Id = "test" }, default);

    private static async Task<FileHandle> OpenAsync(string name, FileAccess access = FileAccess.ReadWrite)
    {
        var file = (VirtualFile)(await (await AttachAsync()).LookupAsync(name, default)).Value!;
        return (await file.OpenAsync(new(access), default)).Value!;
    }
}
