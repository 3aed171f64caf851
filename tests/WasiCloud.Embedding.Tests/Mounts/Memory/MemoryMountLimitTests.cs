using System.Buffers;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Memory;

public sealed class MemoryMountLimitTests
{
    // A node, its name's place, and the one character of its name.
    private const int NodeBytes = 448 + 128 + 2;

    [Fact]
    public void Options_Negative_AreRefused()
    {
        FluentActions.Invoking(static () => new MemoryMount(new() { MaxBytes = -1 })).Should().Throw<ArgumentException>()
            .WithMessage("*MemoryMountOptions.MaxBytes *").WithParameterName("options");
        FluentActions.Invoking(static () => new MemoryMount(new() { MaxNodes = -1 })).Should().Throw<ArgumentException>()
            .WithMessage("*MemoryMountOptions.MaxNodes *").WithParameterName("options");
        FluentActions.Invoking(static () => new MemoryMount(new() { MaxFileBytes = -1 })).Should().Throw<ArgumentException>()
            .WithMessage("*MemoryMountOptions.MaxFileBytes *").WithParameterName("options");
    }

    [Fact]
    public async Task MaxBytes_Exceeded_StoresWhatFitsThenNoSpc()
    {
        var root = await AttachAsync(new() { MaxBytes = NodeBytes + 1000 });
        var handle = await CreateAsync(root, "a");

        (await WriteAsync(handle, 1200, 0)).Should().Be((FsResult<long>)1000L);
        (await WriteAsync(handle, 1, 1000)).Should().Be((FsResult<long>)Errno.NoSpc);
        (await WriteAsync(handle, 10, 0)).Should().Be((FsResult<long>)10L, "its bytes are there already");
        (await WriteAsync(handle, 10, 1L << 30)).Error.Should().Be(Errno.NoSpc);
    }

    [Fact]
    public async Task MaxBytes_BeyondSeveralPages_IsUsedToTheLastByte()
    {
        const int limit = (3 * PagedContent.PageSize) + 17;
        var root = await AttachAsync(new() { MaxBytes = NodeBytes + limit });

        (await WriteAsync(await CreateAsync(root, "a"), limit + 1, 0)).Should().Be((FsResult<long>)limit);
    }

    [Fact]
    public async Task Append_ThatDoesNotFit_AppendsNothing()
    {
        var root = await AttachAsync(new() { MaxBytes = NodeBytes + 100 });
        var handle = await CreateAsync(root, "a");
        (await handle.AppendAsync(Bytes(60), default)).Value.Should().Be(60);

        (await handle.AppendAsync(Bytes(60), default)).Error.Should().Be(Errno.NoSpc);
        (await handle.AppendAsync(Bytes(40), default)).Value.Should().Be(100);
    }

    [Fact]
    public async Task Allocate_MoreThanThereIs_IsNoSpcAtOnceAndChangesNothing()
    {
        var root = await AttachAsync(new() { MaxBytes = 1 << 20, MaxFileBytes = long.MaxValue });
        var handle = await CreateAsync(root, "a");

        (await handle.AllocateAsync(0, long.MaxValue, default)).Should().Be(Errno.NoSpc);
        (await handle.AllocateAsync(10, 1000, default)).Should().Be(Errno.Success);
        (await WriteAsync(await CreateAsync(root, "b"), 1 << 20, 0)).Value.Should().BeLessThan(1 << 20);
        (await WriteAsync(handle, 1000, 10)).Value.Should().Be(1000, "the space was reserved");
    }

    [Fact]
    public async Task MaxFileBytes_Exceeded_IsFBig()
    {
        var root = await AttachAsync(new() { MaxFileBytes = 100 });
        var handle = await CreateAsync(root, "a");

        (await WriteAsync(handle, 10, 95)).Should().Be((FsResult<long>)5L);
        (await WriteAsync(handle, 1, 100)).Error.Should().Be(Errno.FBig);
        (await handle.AppendAsync(Bytes(1), default)).Error.Should().Be(Errno.FBig);
        (await handle.SetSizeAsync(101, default)).Should().Be(Errno.FBig);
        (await handle.SetSizeAsync(100, default)).Should().Be(Errno.Success);
        (await handle.AllocateAsync(1, 100, default)).Should().Be(Errno.FBig);
        (await handle.AllocateAsync(long.MaxValue, long.MaxValue, default)).Should().Be(Errno.FBig);
    }

    [Fact]
    public async Task Offsets_BeyondAllReason_FailWithoutHarm()
    {
        var root = await AttachAsync(new() { MaxFileBytes = long.MaxValue });
        var handle = await CreateAsync(root, "a");

        (await WriteAsync(handle, 10, long.MaxValue - 5)).Should().Be((FsResult<long>)5L);
        (await WriteAsync(handle, 10, long.MaxValue)).Error.Should().Be(Errno.FBig);
        (await WriteAsync(handle, 10, -1)).Error.Should().Be(Errno.Inval);
        (await handle.ReadAsync(new byte[4], -1, default)).Error.Should().Be(Errno.Inval);
        (await handle.ReadAsync(new byte[4], long.MaxValue - 1, default)).Value.Should().Be(1);
    }

    [Fact]
    public async Task MaxNodes_Exceeded_IsNoSpcUntilSomethingIsRemoved()
    {
        var root = await AttachAsync(new() { MaxNodes = 3 });
        (await CreateAsync(root, "a")).Should().NotBeNull();
        await root.CreateDirectoryAsync("b", default);
        await root.CreateSymlinkAsync("c", "a", default);

        (await root.CreateFileAsync("d", exclusive: true, default)).Error.Should().Be(Errno.NoSpc);
        (await root.CreateDirectoryAsync("d", default)).Should().Be(Errno.NoSpc);
        (await root.CreateSymlinkAsync("d", "a", default)).Should().Be(Errno.NoSpc);
        (await root.LinkAsync((await root.LookupAsync("a", default)).Value!, "d", default)).Should().Be(Errno.NoSpc);
        await root.RemoveDirectoryAsync("b", default);
        (await root.CreateSymlinkAsync("d", "a", default)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Everything_RemovedAndClosed_GivesAllBack()
    {
        var tree = new MemoryTree(new MemoryMountOptions(), TimeProvider.System);
        var root = tree.Root;
        var file = (await root.CreateFileAsync("a", exclusive: true, default)).Value!;
        var handle = (await file.OpenAsync(new(FileAccess.ReadWrite), default)).Value!;
        await WriteAsync(handle, 200_000, 0);
        await root.LinkAsync(file, "b", default);
        await root.CreateSymlinkAsync("link", "target", default);
        await root.CreateDirectoryAsync("d", default);
        await root.CreateDirectoryAsync("e", default);
        tree.Quota.UsedNodes.Should().Be(5);

        await root.RenameAsync("d", root, "e", default);
        await root.RenameAsync("link", root, "b", default);
        await root.RemoveFileAsync("a", default);
        await root.RemoveFileAsync("b", default);
        await root.RemoveDirectoryAsync("e", default);
        file.Release();
        tree.Quota.UsedBytes.Should().BePositive("it is still open");
        await handle.CloseAsync(CloseReason.Abandoned, default);

        tree.Quota.UsedBytes.Should().Be(0);
        tree.Quota.UsedNodes.Should().Be(0);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 64)]
    [InlineData(PagedContent.PageSize, PagedContent.PageSize)]
    [InlineData(PagedContent.PageSize + 1, 2 * PagedContent.PageSize)]
    public async Task SetSize_Smaller_GivesPagesBack(long size, long expected)
    {
        var tree = new MemoryTree(new MemoryMountOptions(), TimeProvider.System);
        var handle = await CreateAsync(tree.Root, "a");
        await WriteAsync(handle, 5 * PagedContent.PageSize, 0);

        await handle.SetSizeAsync(size, default);
        tree.Quota.UsedBytes.Should().Be(NodeBytes + expected);
    }

    [Fact]
    public async Task SparseFile_OfOneTebibyte_TakesOnePage()
    {
        var tree = new MemoryTree(new MemoryMountOptions(), TimeProvider.System);
        var handle = await CreateAsync(tree.Root, "a");

        await handle.SetSizeAsync((1L << 40) - 1, default);
        await WriteAsync(handle, 1, (1L << 40) - 1);
        tree.Quota.UsedBytes.Should().Be(NodeBytes + PagedContent.PageSize);
    }

    [Theory]
    [InlineData("directories")]
    [InlineData("files")]
    [InlineData("symbolic links")]
    [InlineData("hard links")]
    public async Task Names_WithoutContent_TakeNoMoreOfTheHostThanTheLimit(string kind)
    {
        const int limit = 1 << 20;
        var root = await AttachAsync(new() { MaxBytes = limit });
        var file = (await root.CreateFileAsync("file", exclusive: true, default)).Value!;
        var (count, error) = (0, Errno.Success);
        for (; error == Errno.Success; count++)
        {
            var name = count.ToString("D255", System.Globalization.CultureInfo.InvariantCulture);
            error = kind switch
            {
                "directories" => await root.CreateDirectoryAsync(name, default),
                "files" => (await root.CreateFileAsync(name, exclusive: true, default)).Error,
                "symbolic links" => await root.CreateSymlinkAsync(name, new string('t', 4000), default),
                _ => await root.LinkAsync(file, name, default),
            };
        }

        error.Should().Be(Errno.NoSpc);
        count.Should().BeLessThan(limit / (2 * 255), "each name has so many bytes, whatever it names");
    }

    [Fact]
    public async Task Rename_ToALongerName_IsChargedAndGivenBack()
    {
        var tree = new MemoryTree(new MemoryMountOptions { MaxBytes = NodeBytes + 20 }, TimeProvider.System);
        await tree.Root.CreateDirectoryAsync("a", default);

        (await tree.Root.RenameAsync("a", tree.Root, new string('b', 12), default)).Should().Be(Errno.NoSpc);
        (await tree.Root.RenameAsync("a", tree.Root, new string('b', 11), default)).Should().Be(Errno.Success);
        tree.Quota.UsedBytes.Should().Be(NodeBytes + 20);
        (await tree.Root.RemoveDirectoryAsync(new string('b', 11), default)).Should().Be(Errno.Success);
        (tree.Quota.UsedBytes, tree.Quota.UsedNodes).Should().Be((0L, 0L));
    }

    private static async Task<VirtualDirectory> AttachAsync(MemoryMountOptions options) =>
        await new MemoryMount(options).AttachAsync(new InvocationContext { Id = "test" }, default);

    private static async Task<FileHandle> CreateAsync(VirtualDirectory root, string name)
    {
        var file = (await root.CreateFileAsync(name, exclusive: true, default)).Value!;
        return (await file.OpenAsync(new(FileAccess.ReadWrite), default)).Value!;
    }

    private static ReadOnlySequence<byte> Bytes(int count) => new(new byte[count]);

    private static async Task<FsResult<long>> WriteAsync(FileHandle handle, int count, long offset) => await handle.WriteAsync(Bytes(count), offset, default);
}
