using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Imports;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

public class CallContextTests
{
    // A game's loop, or a window: what a handler awaits would come back to the thread that waits for it.
    [Fact]
    public async Task Call_OnAThreadWithAContextOfItsOwn_DoesNotWaitForItself()
    {
        await using var host = new TestHost(build: builder => builder.AddImport("env", "wait", static async (GuestAsyncCaller _, int _, int _) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1));
            return 7;
        }));
        await using var instance = await host.StartTextAsync(WaitingGuests.Reactor);
        var go = instance.GetFunction<int, int, int>("go");

        InDeafContext(() => go.Call(0, 0)).Should().Be(7);
    }

    [Fact]
    public async Task Call_OfAGuestThatSleeps_OnAThreadWithAContextOfItsOwn_DoesNotWaitForItself()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync("""
            (module
              (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "sleep") (result i32)
                (i32.store (i32.const 16) (i32.const 1))
                (i64.store (i32.const 24) (i64.const 1000000))
                (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
            """);
        var sleep = instance.GetFunction<int>("sleep");

        InDeafContext(() => sleep.Call()).Should().Be(0);
    }

    private static int InDeafContext(Func<int> call)
    {
        var before = SynchronizationContext.Current;
        try
        {
            SynchronizationContext.SetSynchronizationContext(new DeafContext());
            var result = call();
            SynchronizationContext.Current.Should().BeOfType<DeafContext>();
            return result;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private sealed class DeafContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
