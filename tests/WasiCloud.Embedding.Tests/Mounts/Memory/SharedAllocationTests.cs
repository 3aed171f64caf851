using System.Buffers;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Memory;

/// <summary><c>fd_allocate</c> of much is done in pieces, between which others use the same file.</summary>
public sealed class SharedAllocationTests
{
    private const long Size = 4L * TransferSize.MaxBytes;

    private readonly Steps _steps = new();

    // Room for what is allocated and for two files, and no byte more for the second.
    private readonly MemoryTree _tree;

    public SharedAllocationTests() =>
        _tree = new MemoryTree(new MemoryMountOptions { MaxBytes = Size + 1500, MaxNodes = 10 }, TimeProvider.System) { Step = _steps.PauseAsync };

    [Fact]
    public async Task Allocate_EndsWhileAnotherIsUnderWay_LeavesWhatTheOtherReserved()
    {
        var (root, first) = await CreateAsync();
        var second = (await ((VirtualFile)(await root.LookupAsync("a", default)).Value!).OpenAsync(new FileOpenOptions(FileAccess.ReadWrite), default)).Value!;
        using var source = new CancellationTokenSource();
        var ended = first.AllocateAsync(0, Size, source.Token).AsTask();
        var whole = second.AllocateAsync(0, Size, CancellationToken.None).AsTask();
        await source.CancelAsync();
        _steps.Run();

        await FluentActions.Awaiting(() => ended).Should().ThrowAsync<OperationCanceledException>();
        (await whole).Should().Be(Errno.Success);
        (await second.GetAttributesAsync(default)).Error.Should().Be(Errno.NotSup);
        await ShouldBeFullAsync(root);
        (await second.WriteAsync(new ReadOnlySequence<byte>(new byte[10]), Size - 10, default)).Value.Should().Be(10, "the room is reserved");
    }

    [Fact]
    public async Task Allocate_FileBecomesShorterMeanwhile_ReservesAllTheSame()
    {
        var (root, handle) = await CreateAsync();
        (await handle.WriteAsync(new ReadOnlySequence<byte>(new byte[1 << 20]), 0, default)).Value.Should().Be(1 << 20);
        var whole = handle.AllocateAsync(0, Size, CancellationToken.None).AsTask();
        (await handle.SetSizeAsync(0, default)).Should().Be(Errno.Success);
        _steps.Run();

        (await whole).Should().Be(Errno.Success);
        await ShouldBeFullAsync(root);
    }

    [Fact]
    public async Task Allocate_AllEnd_GiveEverythingBack()
    {
        var (root, first) = await CreateAsync();
        var second = (await ((VirtualFile)(await root.LookupAsync("a", default)).Value!).OpenAsync(new FileOpenOptions(FileAccess.ReadWrite), default)).Value!;
        using var source = new CancellationTokenSource();
        Task[] ended = [first.AllocateAsync(0, Size, source.Token).AsTask(), second.AllocateAsync(0, Size, source.Token).AsTask()];
        await source.CancelAsync();
        _steps.Run();

        foreach (var end in ended) await FluentActions.Awaiting(() => end).Should().ThrowAsync<OperationCanceledException>();
        var again = first.AllocateAsync(0, Size, CancellationToken.None).AsTask();
        _steps.Run();
        (await again).Should().Be(Errno.Success, "nothing of it is taken any more");
    }

    private static async Task ShouldBeFullAsync(VirtualDirectory root)
    {
        var created = await root.CreateFileAsync("b", exclusive: true, default);
        var handle = (await created.Value!.OpenAsync(new FileOpenOptions(FileAccess.ReadWrite), default)).Value!;
        (await handle.WriteAsync(new ReadOnlySequence<byte>(new byte[1000]), 0, default)).TryGet(out var written);
        written.Should().BeLessThan(1000, "everything else is reserved");
    }

    private async Task<(VirtualDirectory Root, FileHandle Handle)> CreateAsync()
    {
        var root = _tree.Root;
        root.Inode.AddReference();
        var created = await root.CreateFileAsync("a", exclusive: true, default);
        return (root, (await created.Value!.OpenAsync(new FileOpenOptions(FileAccess.ReadWrite), default)).Value!);
    }

    // Lets those that pause go on one after another, in the order in which they paused, on the test's own thread.
    private sealed class Steps
    {
        private readonly Queue<TaskCompletionSource> _paused = new();

        public async ValueTask PauseAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pause = new TaskCompletionSource();
            _paused.Enqueue(pause);
            await pause.Task.ConfigureAwait(false);
        }

        public void Run()
        {
            // In a context what goes on would do so on a thread of the pool.
            var context = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            while (_paused.TryDequeue(out var pause)) pause.SetResult();
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
