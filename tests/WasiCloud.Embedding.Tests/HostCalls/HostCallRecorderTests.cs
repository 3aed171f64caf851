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
