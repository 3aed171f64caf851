using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Guests;

/// <summary>A guest's randomness and clocks are what the application's services say, wherever it looks.</summary>
public class GuestRandomTests
{
    // 64 bytes each of random_get, /dev/random and /dev/urandom, 60,000 of random_get, and the two clocks.
    private const string Looks = """
        (module
          (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 8)
          (data (i32.const 100) "dev/random") (data (i32.const 200) "dev/urandom")
          (func $check (param i32) (if (local.get 0) (then unreachable)))
          (func $device (param $name i32) (param $length i32) (param $to i32)
            (call $check (call $open
              (i32.const 3) (i32.const 0) (local.get $name) (local.get $length) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
            (i32.store (i32.const 8) (local.get $to)) (i32.store (i32.const 12) (i32.const 64))
            (call $check (call $read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 4))))
          (func (export "_start")
            (call $check (call $random (i32.const 1000) (i32.const 64)))
            (call $device (i32.const 100) (i32.const 10) (i32.const 1064))
            (call $device (i32.const 200) (i32.const 11) (i32.const 1128))
            (call $check (call $random (i32.const 1192) (i32.const 60000)))
            (call $check (call $clock (i32.const 0) (i64.const 0) (i32.const 61192)))
            (call $check (call $clock (i32.const 1) (i64.const 0) (i32.const 61200)))
            (i32.store (i32.const 8) (i32.const 1000)) (i32.store (i32.const 12) (i32.const 60208))
            (call $check (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 4)))))
        """;

    private const int Bytes = 60_208;

    [Fact]
    public async Task Guest_FixedSourceAndClock_SeesTheSameInEachRun()
    {
        var (first, second) = (await LookAsync(new Counter()), await LookAsync(new Counter()));

        first.Should().HaveCount(Bytes).And.Equal(second);
        first[..4].Should().Equal(0, 1, 2, 3);
        first[64..68].Should().Equal([64, 65, 66, 67], "/dev/random goes on where random_get ended");
        first[128..132].Should().Equal([128, 129, 130, 131], "and /dev/urandom behind it");
        BinaryPrimitives.ReadUInt64LittleEndian(first.AsSpan(60_192)).Should().Be(1_893_456_000_000_000_000, "2030-01-01T00:00:00Z");
        BinaryPrimitives.ReadUInt64LittleEndian(first.AsSpan(60_200)).Should().Be(0, "time did not pass");
    }

    [Fact]
    public async Task Guest_WithoutASourceOfTheApplication_SeesOthersInEachRun()
    {
        var (first, second) = (await LookAsync(source: null), await LookAsync(source: null));

        foreach (var start in (int[])[0, 64, 128, 192]) first[start..(start + 64)].Should().NotEqual(second[start..(start + 64)]);
    }

    [Fact]
    public async Task Source_OfTheApplication_NeverRunsOnAFiber()
    {
        var source = new Counter();
        await LookAsync(source);
        source.WasOnFiber.Should().BeFalse();
    }

    [Fact]
    public async Task Source_Throws_IsIOForTheGuest()
    {
        var run = () => LookAsync(new Broken());
        (await run.Should().ThrowAsync<GuestTrapException>()).Which.Code.Should().Be(GuestTrapCode.Unreachable);
    }

    private static async Task<byte[]> LookAsync(IRandomSource? source)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var host = new TestHost(time: time, build: builder =>
        {
            if (source is not null) builder.Services.AddSingleton(source);
        });
        using var module = await host.LoadTextAsync(Looks);
        var output = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await host.RunAsync(module, new InvocationRequest { StandardOutput = output.Writer });
        await output.Writer.CompleteAsync();
        var read = await output.Reader.ReadAtLeastAsync(Bytes);
        return read.Buffer.ToArray();
    }

    // 0, 1, 2 and so on.
    private sealed class Counter : IRandomSource
    {
        private byte _next;

        public bool WasOnFiber { get; private set; }

        public void Fill(Span<byte> destination)
        {
            WasOnFiber |= GuestStore.Entered is { Fiber: not null };
            foreach (ref var value in destination) value = _next++;
        }
    }

    private sealed class Broken : IRandomSource
    {
        public void Fill(Span<byte> destination) => throw new NotSupportedException();
    }
}
