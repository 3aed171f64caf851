using System.IO.Pipelines;
using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using WasiCloud.Embedding.Wasm;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

[Collection("Process")]
public sealed class HeapNeedTests
{
    private const int Places = 6;

    /// <summary>What a module can have of references, and the slots that each guest of it takes.</summary>
    public static TheoryData<string, int> Kinds => new()
    {
        { "(table 1 externref)", 2 },
        { "(table 1 funcref) (table 1 externref)", 2 },
        { "(table 0 externref)", 2 },
        { "(table 0 100 externref) (func (drop (table.grow 0 (ref.null extern) (i32.const 3))))", 2 },
        { "(table 2 externref) (elem (i32.const 0) externref (ref.null extern) (ref.null extern))", 2 },
        { "(global (mut externref) (ref.null extern)) (func (global.set 0 (ref.null extern)))", 2 },
        { "(global externref (ref.null extern))", 2 },
        { "(global v128 (v128.const i64x2 1 2)) (global externref (ref.null extern)) (func (drop (global.get 1)))", 2 },
        { "(elem externref (ref.null extern))", 2 },
        { "(elem externref)", 1 },
        { "(table 2 10 funcref) (elem (i32.const 0) $f) (func $f) (global f64 (f64.const 1)) (global (mut i64) (i64.const -1))", 1 },
        { "(elem funcref (ref.null func)) (elem declare func $f) (func $f (drop (ref.func $f)))", 1 },
        { "(global (mut funcref) (ref.null func))", 1 },
        { "(func (param externref) (result externref) (local externref) (local.get 0))", 1 },
        { "(func (drop (ref.is_null (ref.null extern))))", 1 },
        { "(func (drop (select (result externref) (ref.null extern) (ref.null extern) (i32.const 1))))", 1 },
        { "(func (result externref) (block (result externref) (ref.null extern)))", 1 },
        { "(type $t (func (param externref))) (table 1 funcref) (func (call_indirect (type $t) (ref.null extern) (i32.const 0)))", 1 },
        { "", 1 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task SlotsPerGuest_OfEachKindOfModule_IsWhatAFullHostHolds(string parts, int slots)
    {
        await using var host = new TestHost(options => (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule) = (Places, Places));
        var module = await host.LoadTextAsync(Text(parts));

        module.SlotsPerGuest.Should().Be(slots);
        var instances = new List<GuestInstance>();
        for (var index = 0; index < Places / slots; index++)
            instances.Add(await host.Host.StartAsync(module, new InvocationRequest()).WaitAsync(TestHost.Patience));
        foreach (var instance in instances) await instance.DisposeAsync();
    }

    /// <summary>Without admission, the pool itself tells how much a guest takes; and that it is full is a matter of time, not the host's failure.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task SlotsPerGuest_OfEachKindOfModule_IsWhatThePoolHolds(string parts, int slots)
    {
        var settings = new EngineSettings(MaxMemoryBytes: 1 << 20, MaxTableElements: 1000, MaxStackBytes: 64 << 10, MaxInstances: Places);
        using var engine = new WasmEngine(settings, Preview1Functions.Table);
        using var module = await ModuleLoading.LoadAsync(engine, TestHost.Assemble(Text(parts)), "text");
        var stores = new Stack<GuestStore>();

        module.SlotsPerGuest.Should().Be(slots);
        for (var index = 0; index < Places / slots; index++) Start(stores, module).Should().BeNull("there is room for it");
        var refused = Start(stores, module);
        stores.Pop().Dispose();
        stores.Pop().Dispose();
        Start(stores, module).Should().BeNull("one has gone");

        refused!.Value.Trap.Should().BeNull();
        refused.Value.HostException.Should().BeOfType<GuestLimitException>().Which.Limit.Should().Be(GuestLimit.Concurrency);
        foreach (var store in stores) store.Dispose();
    }

    /// <summary>What would need managed heaps of a guest's own making is not compiled.</summary>
    [Theory]
    [InlineData("(global anyref (ref.null any))")]
    [InlineData("(table 1 i31ref)")]
    [InlineData("(func (drop (ref.i31 (i32.const 1))))")]
    [InlineData("(type (struct (field i32)))")]
    [InlineData("(type (array i8))")]
    [InlineData("(table 1 eqref)")]
    [InlineData("(func (param anyref))")]
    [InlineData("(tag (param i32))")]
    [InlineData("(global exnref (ref.null exn))")]
    [InlineData("(func (drop (extern.convert_any (ref.null any))))")]
    public async Task Load_ReferencesOfProposalsThatAreOff_IsRefused(string parts)
    {
        await using var host = new TestHost();

        await host.Awaiting(it => it.LoadTextAsync(Text(parts))).Should().ThrowAsync<InvalidGuestModuleException>();
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

    /// <summary>A guest of two slots has the budget of two, for its heap's mappings too.</summary>
    [Theory]
    [InlineData("(table 10 externref)")]
    [InlineData("")]
    public async Task Guests_ThatWait_TakeNoMoreMappingsThanTheirSlotsAreReckonedTo(string parts)
    {
        const int Guests = 100;
        const int PerSlotOnAFiber = 6;
        const int PerSlotOnAThread = 10;
        await using var host = new TestHost(options =>
            (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule) = (2 * Guests, 2 * Guests));
        var module = await host.LoadTextAsync($$"""
            (module
              (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 8) "\64\00\00\00\01\00\00\00")
              {{parts}}
              (func (export "_start")
                (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 4)))
                (drop (call $read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 4)))))
            """);
        var before = ProcessCount.Mappings;
        var output = new Pipe();

        // Each has an input that does not end yet, and has said that it lives.
        var inputs = Enumerable.Range(0, Guests).Select(_ => new Pipe()).ToList();
        var runs = new List<Task>();
        foreach (var pipe in inputs)
        {
            runs.Add(host.RunAsync(module, new InvocationRequest { StandardInput = pipe.Reader, StandardOutput = output.Writer, Timeout = TestHost.Patience }));
            var said = await output.Reader.ReadAsync().AsTask().WaitAsync(TestHost.Patience);
            output.Reader.AdvanceTo(said.Buffer.End);
        }

        var taken = ProcessCount.Mappings - before;
        foreach (var pipe in inputs) await pipe.Writer.CompleteAsync();
        await Task.WhenAll(runs);

        var perSlot = TestExecution.Value == GuestExecution.Fibers ? PerSlotOnAFiber : PerSlotOnAThread;
        (taken / (double)Guests).Should().BePositive().And.BeLessThanOrEqualTo(module.SlotsPerGuest * perSlot);
    }

    [Fact]
    public void Of_BytesThatEndTooEarly_IsUnknown() => HeapNeed.Of([0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 4, 100]).Should().Be(HeapReason.Unknown);

    [Theory]
    [InlineData("(table 1 externref)", HeapReason.Table)]
    [InlineData("(global externref (ref.null extern))", HeapReason.Global)]
    [InlineData("(elem externref (ref.null extern))", HeapReason.ElementSegment)]
    [InlineData("(table 1 funcref)", HeapReason.None)]
    public void Of_EachSection_SaysWhich(string parts, object reason) => HeapNeed.Of(TestHost.Assemble(Text(parts))).Should().Be((HeapReason)reason);

    private static string Text(string parts) => $"(module (memory (export \"memory\") 1) (func (export \"f\")) {parts})";

    private static GuestOutcome? Start(Stack<GuestStore> stores, CompiledModule module)
    {
        stores.Push(ModuleLoading.CreateStore(module));
        return stores.Peek().Start(new GuestEntry(Waiter: null!, Deadline: long.MaxValue));
    }
}
