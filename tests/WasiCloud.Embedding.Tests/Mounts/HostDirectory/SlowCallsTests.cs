using System.Globalization;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;
using WasiCloud.Embedding.Mounts.HostDirectory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

public sealed class SlowCallsTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryDirectory _directory = new();
    private readonly SlowCalls _calls = new();
    private readonly ManualResetEventSlim _begun = new();
    private readonly ManualResetEventSlim _released = new();

    public SlowCallsTests() => File.WriteAllText(_directory["file"], "content");

    public void Dispose()
    {
        _released.Set();
        _directory.Dispose();
    }

    [Fact]
    public async Task RunAsync_Completes_WithTheResultOfItsWork()
    {
        using var descriptor = Open();
        using var source = new CancellationTokenSource();
        for (var round = 0; round < 100; round++)
        {
            var expected = round % 2 == 0 ? Errno.Success : Errno.NoSpc;
            (await _calls.RunAsync(descriptor, _ => expected, source.Token)).Should().Be(expected);
        }

        _calls.ThreadCount.Should().Be(1, "one thread was always free again, or about to be");
    }

    [Fact]
    public async Task RunAsync_WorkThrows_ThrowsToWhoeverWaits()
    {
        using var descriptor = Open();
        using var source = new CancellationTokenSource();
        var run = async () => await _calls.RunAsync(descriptor, _ => throw new InvalidOperationException("on purpose"), source.Token);
        await run.Should().ThrowAsync<InvalidOperationException>();
        (await _calls.RunAsync(descriptor, _ => Errno.Success, source.Token)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task RunAsync_IsCancelledWhileTheKernelIsAtIt_DoesNotWaitAndTheNumberStaysTaken()
    {
        var descriptor = Open();
        var number = descriptor.DangerousGetHandle();
        using var source = new CancellationTokenSource();
        var running = _calls.RunAsync(descriptor, Block, source.Token).AsTask();
        _begun.Wait(s_patience).Should().BeTrue();
        await source.CancelAsync();
        await running.Invoking(it => it.WaitAsync(s_patience)).Should().ThrowAsync<OperationCanceledException>();

        // The guest has ended, and its file is closed: the kernel still works with the number, so nothing else may get it.
        descriptor.CloseChecked().Should().Be(Errno.Success);
        TargetOf(number).Should().Be(_directory["file"]);
        var others = Enumerable.Range(0, 50).Select(_ => Open()).ToList();
        others.Select(static other => other.DangerousGetHandle()).Should().NotContain(number);
        foreach (var other in others) other.CloseChecked().Should().Be(Errno.Success);
        TargetOf(number).Should().Be(_directory["file"]);

        _released.Set();
        SpinWait.SpinUntil(() => TargetOf(number) != _directory["file"], s_patience).Should().BeTrue("it is closed when the kernel is done");
    }

    [Fact]
    public async Task RunAsync_IsCancelledWhileItWaitsForAThread_IsNeverDone()
    {
        using var descriptor = Open();
        using var source = new CancellationTokenSource();
        using var stuck = new CountdownEvent(SlowCalls.MaxThreads);
        var running = Enumerable.Range(0, SlowCalls.MaxThreads).Select(_ => _calls.RunAsync(descriptor, BlockAndCount, CancellationToken.None).AsTask())
            .ToList();
        stuck.Wait(s_patience).Should().BeTrue();

        var waiting = Open();
        var number = waiting.DangerousGetHandle();
        var isDone = false;
        var late = _calls.RunAsync(waiting, _ => Done(ref isDone), source.Token).AsTask();
        _calls.ThreadCount.Should().Be(SlowCalls.MaxThreads);
        await source.CancelAsync();
        await late.Invoking(it => it.WaitAsync(s_patience)).Should().ThrowAsync<OperationCanceledException>();
        waiting.CloseChecked().Should().Be(Errno.Success);
        TargetOf(number).Should().NotBe(_directory["file"], "nobody holds it any more");

        _released.Set();
        (await Task.WhenAll(running).WaitAsync(s_patience)).Should().AllBeEquivalentTo(Errno.Success);
        (await _calls.RunAsync(descriptor, _ => Errno.Success, CancellationToken.None)).Should().Be(Errno.Success);
        isDone.Should().BeFalse();

        Errno BlockAndCount(HostDescriptor _)
        {
            stuck.Signal();
            _released.Wait(s_patience);
            return Errno.Success;
        }

        static Errno Done(ref bool flag)
        {
            flag = true;
            return Errno.Success;
        }
    }

    [Fact]
    public async Task RunAsync_CancelledByManyAtTheWrongMoment_EndsEachOnce()
    {
        using var descriptor = Open();
        var works = new int[8 * 500];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var round = 0; round < 500; round++)
            {
                using var source = new CancellationTokenSource();
                var index = (worker * 500) + round;
                var running = _calls.RunAsync(descriptor, file => FlushAndCount(file, ref works[index]), source.Token);
                var cancelling = Task.Run(source.Cancel);
                try
                {
                    (await running).Should().Be(Errno.Success);
                    Volatile.Read(ref works[index]).Should().Be(1, "it is done");
                }
                catch (OperationCanceledException)
                {
                    // Its work is done once too, or never.
                }

                await cancelling;
            }
        }))).WaitAsync(s_patience);
        works.Should().OnlyContain(times => times <= 1);
        _calls.ThreadCount.Should().BeLessThanOrEqualTo(SlowCalls.MaxThreads);
        descriptor.CloseChecked().Should().Be(Errno.Success);

        static Errno FlushAndCount(HostDescriptor file, ref int times)
        {
            Interlocked.Increment(ref times);
            return LinuxErrno.FromResult(Libc.FlushData(file));
        }
    }

    [Fact]
    public void Close_WhenThreadsAreBusy_ClosesLater()
    {
        var (blocked, closed) = (Open(), Open());
        var number = closed.DangerousGetHandle();
        _ = _calls.RunAsync(blocked, Block, CancellationToken.None).AsTask();
        _begun.Wait(s_patience).Should().BeTrue();
        _calls.Close(closed);
        SpinWait.SpinUntil(() => TargetOf(number) != _directory["file"], s_patience).Should().BeTrue("it is closed by another thread");
        _released.Set();
    }

    private HostDescriptor Open() => Libc.OpenAt(Libc.CurrentDirectory, _directory["file"], LinuxOpenFlags.ReadWrite | LinuxOpenFlags.CloseOnExec)!;

    private Errno Block(HostDescriptor descriptor)
    {
        _begun.Set();
        _released.Wait(s_patience);
        return LinuxErrno.FromResult(Libc.Flush(descriptor));
    }

    // What a descriptor of this process refers to.
    private static string? TargetOf(nint number) => new FileInfo("/proc/self/fd/" + number.ToString(CultureInfo.InvariantCulture)).LinkTarget;
}
