using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Imports;

/// <summary>A guest's memory while it waits in a function of the application, and others go on.</summary>
public class WaitingImportMemoryTests
{
    private const string Text = """
        (module
          (import "env" "wait" (func $wait (param i32 i32) (result i32)))
          (memory (export "memory") 1 40)
          (data (i32.const 8) "hello")
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
          (func (export "fill") (param i32)
            (memory.fill (i32.const 0) (local.get 0) (i32.mul (memory.size) (i32.const 65536))))
          (func (export "go") (param $pages i32) (result i32)
            (drop (memory.grow (local.get $pages)))
            (i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (i32.const 33))
            (drop (call $wait (i32.const 8) (i32.const 5)))
            (i32.add (i32.load8_u (i32.const 8))
              (i32.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1))))))
        """;

    [Fact]
    public async Task Memory_OfAnotherInstanceGrowsDuringTheWait_IsNotThisOnes()
    {
        var (waits, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var heard = Array.Empty<byte>();
        await using var host = new TestHost(build: builder => builder.AddImport("env", "wait", async (GuestAsyncCaller caller, uint address, uint length) =>
        {
            waits.SetResult();
            await goOn.Task;
            heard = caller.ReadMemory(address, length);
            caller.WriteMemory(address, "J"u8);
            return 0;
        }));
        var module = await host.LoadTextAsync(Text);
        await using var first = await host.Host.StartAsync(module, new InvocationRequest());
        await using var second = await host.Host.StartAsync(module, new InvocationRequest());
        var going = first.GetFunction<int, int>("go").CallAsync(3);
        await waits.Task.WaitAsync(TestHost.Patience);

        (await second.GetFunction<int, int>("grow").CallAsync(30)).Should().Be(1);
        await second.GetAction<int>("fill").CallAsync(255);
        goOn.SetResult();

        (await going.WaitAsync(TestHost.Patience)).Should().Be('J' + 33);
        heard.Should().Equal("hello"u8.ToArray());
        (await first.GetFunction<int, int>("grow").CallAsync(0)).Should().Be(4);
        (await second.GetFunction<int, int>("grow").CallAsync(0)).Should().Be(31);
    }
}
