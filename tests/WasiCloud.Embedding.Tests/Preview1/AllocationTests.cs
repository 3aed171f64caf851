using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;
using Xunit;
using Xunit.Abstractions;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>The hot path makes no garbage.</summary>
public class AllocationTests(ITestOutputHelper output)
{
    private const int Repetitions = 20_000;

    [Theory]
    [InlineData("fd_write", "dev/null")]
    [InlineData("fd_write", "file")]
    [InlineData("fd_read", "dev/zero")]
    [InlineData("fd_read", "file")]
    [InlineData("fd_pwrite", "file")]
    [InlineData("fd_pread", "file")]
    [InlineData("fd_seek", "file")]
    [InlineData("fd_tell", "file")]
    [InlineData("clock_time_get", "file")]
    public async Task Begin_HotFunction_AllocatesNothing(string name, string path)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        await guest.CreateAsync("file", "0123456789abcdef");
        var number = await guest.OpenAsync(path, 0, Rights.FdRead | Rights.FdWrite);
        var vectors = guest.PutVectors((guest.Memory.Allocate(16), 16));
        var result = guest.Memory.Allocate(8);
        ulong[] arguments = name switch
        {
            "fd_seek" => [number, 0, 0, result],
            "fd_tell" => [number, result],
            "clock_time_get" => [1, 0, result],
            "fd_pread" or "fd_pwrite" => [number, vectors, 1, 0, result],
            _ => [number, vectors, 1, result],
        };
        var seek = AbiGuest.Find(Preview1Functions.Preview1Module, "fd_seek");
        Measure(guest, AbiGuest.Find(Preview1Functions.Preview1Module, name), arguments, seek, [number, 0, 0, result]);
    }

    private void Measure(AbiGuest guest, HostFunction function, ulong[] arguments, HostFunction rewind, ulong[] rewindArguments)
    {
        // Without the recording trace and the fake clock, which do allocate.
        var state = new GuestState(guest.Descriptors, new GuestClock(TimeProvider.System), SystemRandomSource.Instance);
        var context = new Preview1Context(state, guest.Diagnostics) { Memory = guest.Memory.Memory };
        var (call, rewindCall) = (ToCall(arguments), ToCall(rewindArguments));
        for (var warmUp = 0; warmUp < Repetitions; warmUp++) Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var repetition = 0; repetition < Repetitions; repetition++) Run();
        var elapsed = Stopwatch.GetElapsedTime(started);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        output.WriteLine($"{function.Name}: {elapsed.TotalNanoseconds / Repetitions:F1} ns with a rewind");

        void Run()
        {
            if (function.Begin(context, call) != Errno.Success || rewind.Begin(context, rewindCall) != Errno.Success) throw new InvalidOperationException();
        }
    }

    private static CallArguments ToCall(ulong[] arguments)
    {
        var call = default(CallArguments);
        for (var index = 0; index < arguments.Length; index++) call[index] = arguments[index];
        return call;
    }
}
