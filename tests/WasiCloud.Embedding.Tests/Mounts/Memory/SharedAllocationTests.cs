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
    private readonly MemoryMount _mount = new(new MemoryMountOptions { MaxBytes = Size + 1500, MaxNodes = 10 });

    [Fact]
    public async Task Allocate_EndsWhileAnotherIsUnderWay_LeavesWhatTheOtherReserved()
    {
        var (root, first) = await CreateAsync();
        var second = (await ((VirtualFile)(await root.LookupAsync("a", default)).Value!).OpenAsync(new FileOpenOptions(FileAccess.ReadWrite), default)).Value!;
        using var source = new CancellationTokenSource();
        var ended = _steps.Begin(() => first.AllocateAsync(0, Size, source.Token));
        var whole = _steps.Begin(() => second.AllocateAsync(0, Size, CancellationToken.None));
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
        var whole = _steps.Begin(() => handle.AllocateAsync(0, Size, CancellationToken.None));
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
        Task[] ended = [_steps.Begin(() => first.AllocateAsync(0, Size, source.Token)), _steps.Begin(() => second.AllocateAsync(0, Size, source.Token))];
        await source.CancelAsync();
        _steps.Run();

        foreach (var end in ended) await FluentActions.Awaiting(() => end).Should().ThrowAsync<OperationCanceledException>();
        (await first.AllocateAsync(0, Size, CancellationToken.None)).Should().Be(Errno.Success, "nothing of it is taken any more");
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
        var root = await _mount.AttachAsync(new InvocationContext { Id = "test" }, default);
        var created = await root.CreateFileAsync("a", exclusive: true, default);
        return (root, (await created.Value!.OpenAsync(new FileOpenOptions(FileAccess.ReadWrite), default)).Value!);
    }

    // Runs what yields a thread of the pool step by step, in the order in which it yielded.
    private sealed class Steps : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();

        public override void Post(SendOrPostCallback d, object? state) => _posted.Enqueue((d, state));

        /// <summary>Begins something on a thread of the pool, up to where it first yields.</summary>
        public Task<Errno> Begin(Func<ValueTask<Errno>> begin) => OnPool(() => begin().AsTask());

        public void Run()
        {
            while (_posted.TryDequeue(out var step)) _ = OnPool(() => { step.Callback(step.State); return Task.FromResult(0); });
        }

        private T OnPool<T>(Func<T> step)
        {
            var result = default(T);
            using var done = new ManualResetEventSlim();
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    SetSynchronizationContext(this);
                    result = step();
                    SetSynchronizationContext(null);
                    done.Set();
                },
                state: null);
            done.Wait();
            return result!;
        }
    }
}
