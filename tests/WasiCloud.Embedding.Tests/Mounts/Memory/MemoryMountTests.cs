using System.Buffers;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Memory;

public sealed class MemoryMountTests
{
    [Fact]
    public async Task Attach_Private_GivesEveryInvocationATreeOfItsOwn()
    {
        var mount = new MemoryMount(new() { PrivateToInvocation = true });
        var first = await mount.AttachAsync(new InvocationContext { Id = "1" }, default);
        var second = await mount.AttachAsync(new InvocationContext { Id = "2" }, default);
        await first.CreateDirectoryAsync("d", default);

        (await second.LookupAsync("d", default)).Error.Should().Be(Errno.NoEnt);
        (await first.RenameAsync("d", second, "d", default)).Should().Be(Errno.XDev);
        (await second.LinkAsync((await first.CreateFileAsync("f", exclusive: true, default)).Value!, "f", default)).Should().Be(Errno.XDev);
    }

    [Fact]
    public async Task Attach_Private_UsesTheInvocationsClock()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddSeconds(5));
        var root = await new MemoryMount(new() { PrivateToInvocation = true }).AttachAsync(new InvocationContext { Id = "1", TimeProvider = clock }, default);

        (await root.GetAttributesAsync(default)).Value.Modified.Should().Be(5_000_000_000);
    }

    [Fact]
    public async Task Symlink_TargetLongerThanAPath_IsNameTooLong()
    {
        var root = new MemoryTree(new MemoryMountOptions(), TimeProvider.System).Root;

        (await root.CreateSymlinkAsync("link", new string('t', 4096), default)).Should().Be(Errno.NameTooLong);
        (await root.CreateSymlinkAsync("link", new string('t', 4095), default)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Rename_EverythingListed_ComesToAnEnd()
    {
        var root = new MemoryTree(new MemoryMountOptions(), TimeProvider.System).Root;
        for (var number = 0; number < 10; number++) await root.CreateFileAsync($"old-{number}", exclusive: true, default);

        var count = 0;
        await foreach (var entry in root.EnumerateAsync(default)) await root.RenameAsync(entry.Name, root, $"new-{count++}", default);

        count.Should().Be(10);
    }

    [Fact]
    public async Task Rename_OverExistingName_ListsThatNameOnce()
    {
        var root = new MemoryTree(new MemoryMountOptions(), TimeProvider.System).Root;
        await root.CreateFileAsync("a", exclusive: true, default);
        await root.CreateFileAsync("temporary", exclusive: true, default);

        var listed = new List<string>();
        await foreach (var entry in root.EnumerateAsync(default))
        {
            listed.Add(entry.Name);
            if (listed.Count == 1) await root.RenameAsync("temporary", root, "a", default);
        }

        listed.Should().Equal("a");
    }

    [Fact]
    public async Task TryReadTryWriteTryAppend_SmallPieces_AllocateNothing()
    {
        var root = new MemoryTree(new MemoryMountOptions(), TimeProvider.System).Root;
        var file = (await root.CreateFileAsync("a", exclusive: true, default)).Value!;
        var handle = (await file.OpenAsync(new(FileAccess.ReadWrite), default)).Value!;
        await handle.AllocateAsync(0, 20_000, default); // a page of 32 KiB, so that appending need not grow it
        ReadAndWrite(handle);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++) ReadAndWrite(handle);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    [Fact]
    public async Task Read_DuringWritesOfWholeRecords_IsNeverTorn()
    {
        var root = new MemoryTree(new MemoryMountOptions(), TimeProvider.System).Root;
        var file = (await root.CreateFileAsync("a", exclusive: true, default)).Value!;
        const int length = 200_000; // several pages
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var handle = (await file.OpenAsync(new(FileAccess.ReadWrite), default)).Value!;
            var buffer = new byte[length];
            for (var round = 0; round < 50; round++)
            {
                buffer.AsSpan().Fill((byte)(worker + 1));
                await handle.WriteAsync(new ReadOnlySequence<byte>(buffer), 0, default);
                (await handle.ReadAsync(buffer, 0, default)).Value.Should().Be(length);
                buffer.AsSpan().IndexOfAnyExcept(buffer[0]).Should().Be(-1);
            }
        })));
    }

    private static unsafe void ReadAndWrite(FileHandle handle)
    {
        var memory = stackalloc byte[16];
        var vectors = new IoVectors([new IoVector(memory, 16)], 16);
        handle.TryWrite(vectors, 8, out _);
        handle.TryRead(vectors, 8, out _);
        handle.TryAppend(vectors, out _);
    }
}
