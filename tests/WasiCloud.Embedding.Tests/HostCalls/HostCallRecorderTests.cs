using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.HostCalls;

public class HostCallRecorderTests
{
    private static readonly HostCallSignature s_function = Preview1Functions.Table.Find("wasi_snapshot_preview1", "clock_time_get")!.Signature;

    [Fact]
    public async Task OnFiber_CallsThatNobodyIsToldOf_MustBeToldAfterSomeThousand()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        var observer = new RecordingObserver { KeepsText = false };
        using var recorder = new HostCallRecorder(new ObservedGuest(guest.Context, new InvocationContext { Id = "test" }), observer, _ => { });

        var calls = 0;
        for (; !recorder.MustTell; calls++) Call(recorder);

        calls.Should().BeInRange(1_000, 10_000, "a guest that is not told must not make the host hold more");
        observer.Ended.Should().Be(0);
        recorder.Tell();
        observer.Ended.Should().Be(calls);
        recorder.MustTell.Should().BeFalse();
        Call(recorder);
        recorder.Tell();
        observer.Ended.Should().Be(calls + 1);
        observer.Faults.Should().BeEmpty();
    }

    [Fact]
    public async Task OnFiber_AMillionCallsToldAsTheyMust_HoldSome300KiB()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        var observer = new RecordingObserver { KeepsText = false };
        using var recorder = new HostCallRecorder(new ObservedGuest(guest.Context, new InvocationContext { Id = "test" }), observer, _ => { });
        var held = 0;

        for (var call = 0; call < 1_000_000; call++)
        {
            Call(recorder);
            held = Math.Max(held, recorder.HeldWords);
            if (recorder.MustTell) recorder.Tell();
        }

        held.Should().BeLessThan(300 * 1024 / sizeof(ulong));
        recorder.Tell();
        recorder.HeldWords.Should().Be(0);
        observer.Ended.Should().Be(1_000_000);
        observer.Faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(4096)]
    public async Task OnFiber_CallsThatWrote_ShowTheBytesOfThatTime(int length)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        var observer = new RecordingObserver();
        using var recorder = new HostCallRecorder(new ObservedGuest(guest.Context, new InvocationContext { Id = "test" }), observer, _ => { });
        guest.Context.Memory = guest.Memory.Memory;

        for (var call = 0; call < 200; call++)
        {
            recorder.BeginOnFiber(s_function, default(CallArguments));
            guest.Memory.Memory.TryGetWritable(100, (uint)length, out var written).Should().BeTrue();
            written.Fill((byte)call);
            recorder.Writes.Add(100, (uint)length);
            recorder.EndOnFiber(Errno.Success);
            if (recorder.MustTell) recorder.Tell();
        }

        recorder.Tell();
        observer.Written.Should().HaveCount(200);
        for (var call = 0; call < 200; call++) observer.Written[call].Should().HaveCount(length).And.OnlyContain(value => value == (byte)call);
    }

    [Fact]
    public async Task OnFiber_CallThatWroteMuch_MustBeToldBeforeTheGuestGoesOn()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        var observer = new RecordingObserver();
        using var recorder = new HostCallRecorder(new ObservedGuest(guest.Context, new InvocationContext { Id = "test" }), observer, _ => { });
        guest.Context.Memory = guest.Memory.Memory;

        recorder.BeginOnFiber(s_function, default(CallArguments));
        recorder.Writes.Add(100, 4_097);
        recorder.EndOnFiber(Errno.Success);

        recorder.MustTell.Should().BeTrue();
        recorder.Tell();
        observer.Written.Should().ContainSingle().Which.Should().HaveCount(4_097);
    }

    [Fact]
    public async Task Calls_OfAGuestThatIsObserved_AllocateNothing()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        using var recorder = new HostCallRecorder(new ObservedGuest(guest.Context, new InvocationContext { Id = "test" }), new Nobody(), _ => { });
        Call(recorder);
        recorder.Tell();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var call = 0; call < 1_000; call++)
        {
            recorder.Begin(s_function, default);
            recorder.End(Errno.Success);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    private static void Call(HostCallRecorder recorder)
    {
        recorder.BeginOnFiber(s_function, default(CallArguments));
        recorder.EndOnFiber(Errno.Success);
    }

    private sealed class Nobody : HostCallObserver;
}
