using FluentAssertions;
using WasiCloud.Embedding.Engine;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

public class StackProfileTests
{
    // Recurses 100,000 times; each call holds eight numbers that are used after it.
    private const string Deep =
        """
        (module
          (memory (export "memory") 1)
          (func $down (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
            (if (i64.eqz (local.get 0)) (then (return (i64.const 0))))
            (i64.add
              (call $down (i64.sub (local.get 0) (i64.const 1)) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7)
                (local.get 1))
              (i64.xor (local.get 1) (i64.xor (local.get 2) (i64.xor (local.get 3) (i64.xor (local.get 4) (i64.xor (local.get 5) (i64.xor (local.get 6)
                (local.get 7)))))))))
          (func (export "_start")
            (drop (call $down (i64.const 100000) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7)))))
        """;

    [Fact]
    public async Task Stack_AsTheHostsOptions_IsExhausted()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(Deep);

        await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestTrapException>().WithMessage("*stack*");
    }

    [Fact]
    public async Task Stack_OfAModuleThatAsksForMore_IsItsOwn()
    {
        await using var host = new TestHost();
        var deep = await host.LoadTextAsync(Deep, new GuestModuleOptions { MaxStackBytes = 33 << 20 });
        var shallow = await host.LoadTextAsync(Deep);

        (await host.RunAsync(deep)).ExitCode.Should().Be(0);
        await host.Awaiting(it => it.RunAsync(shallow)).Should().ThrowAsync<GuestTrapException>();
        (await host.RunAsync(deep)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Engine_OfModulesWithStacksOfAboutTheSameSize_IsShared()
    {
        await using var host = new TestHost();
        var first = (CompiledModule)await host.LoadTextAsync(Deep, new GuestModuleOptions { MaxStackBytes = 15 << 20 });
        var second = (CompiledModule)await host.LoadTextAsync(Deep, new GuestModuleOptions { MaxStackBytes = 16 << 20 });

        second.Engine.Should().BeSameAs(first.Engine);
        first.Engine.Settings.MaxStackBytes.Should().Be(16 << 20);
    }

    [Theory]
    [InlineData((64 << 10) - 1)]
    [InlineData((64 << 20) + 1)]
    [InlineData(-1)]
    public async Task Load_StackOutOfRange_IsRefused(int bytes)
    {
        await using var host = new TestHost();

        await host.Awaiting(it => it.LoadTextAsync(Deep, new GuestModuleOptions { MaxStackBytes = bytes })).Should().ThrowAsync<ArgumentException>()
            .WithMessage($"*GuestModuleOptions.MaxStackBytes is {bytes}*").WithParameterName("options");
    }
}
