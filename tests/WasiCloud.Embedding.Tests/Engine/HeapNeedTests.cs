using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine;

public sealed class HeapNeedTests
{
    [Theory]
    [InlineData("(table 1 externref)", 2)]
    [InlineData("(table 1 funcref) (table 1 externref)", 2)]
    [InlineData("(global (mut externref) (ref.null extern)) (func (global.set 0 (ref.null extern)))", 2)]
    [InlineData("(global v128 (v128.const i64x2 1 2)) (global externref (ref.null extern)) (func (drop (global.get 1)))", 2)]
    [InlineData("(elem externref (ref.null extern))", 2)]
    [InlineData("(table 2 10 funcref) (elem (i32.const 0) $f) (func $f) (global f64 (f64.const 1)) (global (mut i64) (i64.const -1))", 1)]
    [InlineData("(func (param externref) (result externref) (local externref) (local.get 0))", 1)]
    [InlineData("(func (drop (ref.is_null (ref.null extern))))", 1)]
    [InlineData("", 1)]
    public async Task SlotsPerGuest_OfEachKindOfModule_IsWhatAFullHostHolds(string parts, int slots)
    {
        const int Count = 6;
        await using var host = new TestHost(options => (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule) = (Count, Count));
        var module = await host.LoadTextAsync($"(module (memory (export \"memory\") 1) (func (export \"f\")) {parts})");

        module.SlotsPerGuest.Should().Be(slots);
        var instances = new List<GuestInstance>();
        for (var index = 0; index < Count / slots; index++) instances.Add(await host.Host.StartAsync(module, new InvocationRequest()).WaitAsync(TestHost.Patience));
        foreach (var instance in instances) await instance.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Invoke_GuestsWithHeapsAndWithout_AllEndWell(int concurrent)
    {
        await using var host = new TestHost(options => (options.MaxConcurrentInvocations, options.QueueTimeout) = (concurrent, TestHost.Patience));
        var heavy = await host.LoadTextAsync("(module (memory (export \"memory\") 1) (table 10 externref) (func (export \"_start\")))");
        var light = await host.LoadTextAsync("(module (memory (export \"memory\") 1) (func (export \"_start\")))");

        var runs = Enumerable.Range(0, 400).Select(index => Task.Run(() => host.RunAsync(index % 2 == 0 ? heavy : light)));

        (await Task.WhenAll(runs)).Should().OnlyContain(completion => completion.ExitCode == 0);
    }

    [Fact]
    public void Of_BytesThatEndTooEarly_SaysYes() => HeapNeed.Of([0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 4, 100]).Should().BeTrue();
}
