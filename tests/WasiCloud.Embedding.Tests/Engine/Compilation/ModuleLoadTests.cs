using FluentAssertions;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

public sealed class ModuleLoadTests
{
    private const string Memory = """(memory (export "memory") 1)""";
    private const string Start = """(func (export "_start"))""";

    [Theory]
    [InlineData(new byte[] { }, 0, "*does not start with*")]
    [InlineData(new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0 }, 0, "*does not start with*")]
    [InlineData(new byte[] { 0, (byte)'a', (byte)'s', (byte)'m', 1 }, 5, "*within its 8-byte header*")]
    [InlineData(new byte[] { 0, (byte)'a', (byte)'s', (byte)'m', 13, 0, 1, 0 }, 4, "*component, not a core module*")]
    [InlineData(new byte[] { 0, (byte)'a', (byte)'s', (byte)'m', 2, 0, 0, 0 }, 4, "*version 02000000*")]
    [InlineData(new byte[] { 0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0, 1, 5, 1 }, 10, "*Not a valid WebAssembly module*")]
    public async Task Load_BytesThatAreNoModule_SaysWhatAndWhere(byte[] wasm, long offset, string message)
    {
        var failure = await FailAsync(wasm);

        failure.Message.Should().Match(message);
        failure.Offset.Should().Be(offset);
    }

    [Fact]
    public async Task Load_TruncatedModule_SaysWhere()
    {
        var wasm = TestHost.ReadGuest("fault");

        var failure = await FailAsync(wasm[..(wasm.Length / 2)]);

        failure.Message.Should().Contain("unexpected end");
        failure.Offset.Should().BePositive();
    }

    [Fact]
    public async Task Load_ModuleOfMaxModuleBytes_IsLoadedAndOneByteMoreIsRefused()
    {
        var wasm = TestHost.ReadGuest("empty");
        await using var host = new TestHost(options => options.MaxModuleBytes = wasm.Length);

        (await host.RunAsync(await host.LoadGuestAsync("empty"))).ExitCode.Should().Be(0);
        byte[] longer = [.. wasm, 0];
        (await host.Awaiting(it => it.Host.LoadAsync(longer, "longer").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>())
            .Which.Message.Should().Be($"The module has {longer.Length} bytes; MaxModuleBytes is {wasm.Length}.");
    }

    [Fact]
    public async Task Load_EveryPrefixOfAModule_IsRefused()
    {
        await using var host = new TestHost();
        var wasm = TestHost.ReadGuest("write_body");

        for (var length = 0; length < wasm.Length; length += 7)
        {
            var prefix = wasm[..length];
            await host.Awaiting(it => it.Host.LoadAsync(prefix, "prefix").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>();
        }
    }

    [Theory]
    [InlineData("no_memory", "*does not export its memory*")]
    [InlineData("missing_imports", "*env.not_there(i32, i64) -> i32, wasi_snapshot_preview1.not_a_call(f64)*")]
    public async Task Load_GuestThatCannotRun_NamesWhatIsMissing(string guest, string message)
    {
        (await FailAsync(TestHost.ReadGuest(guest))).Message.Should().Match(message);
    }

    [Theory]
    [InlineData($"""(module {Memory} (func (export "_start") (param i32)))""", "*_start*")]
    [InlineData($"""(module {Memory} (func (export "_initialize") (param i32)))""", "*_initialize*not a function without*")]
    [InlineData($"""(module {Memory})""", "*exports no function*_start*reactor*")]
    [InlineData($"""(module {Memory} (global (export "_start") i32 (i32.const 0)))""", "*_start*not a function*")]
    [InlineData($"""(module {Start} (global (export "memory") i32 (i32.const 0)))""", "*memory*not a memory*")]
    [InlineData($"""
        (module (import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32))) {Memory} {Start})
        """, "*wasi_snapshot_preview1.fd_close(i64) -> i32*")]
    [InlineData($"""(module (import "wasi_snapshot_preview1" "fd_close" (func (param i32))) {Memory} {Start})""", "*wasi_snapshot_preview1.fd_close(i32)*")]
    [InlineData($"""(module (import "wasi_snapshot_preview1" "fd_close" (func (param externref) (result i32))) {Memory} {Start})""", "*fd_close*")]
    [InlineData($"""(module (import "wasi_snapshot_preview1" "fd_close" (global i32)) {Memory} {Start})""", "*fd_close: global i32*")]
    [InlineData($"""(module (import "env" "memory" (memory 1)) (export "memory" (memory 0)) {Start})""", "*env.memory: memory*")]
    [InlineData($"""(module (memory (export "memory") 513) {Start})""", "*memory*")]
    [InlineData($"""(module (memory (export "memory") 1) (memory 1) {Start})""", "*memor*")]
    [InlineData($"""(module (memory (export "memory") i64 1) {Start})""", "*memory64*")]
    [InlineData($"""(module (memory (export "memory") 1 2 shared) {Start})""", "*threads*")]
    [InlineData($"""(module {Memory} {Start} (table 1000000 funcref))""", "*table*")]
    [InlineData($"""(module {Memory} {Start} (func (result i32)))""", "*type mismatch*")]
    public async Task Load_ModuleThatCannotRun_NamesTheReason(string text, string message)
    {
        (await FailAsync(TestHost.Assemble(text))).Message.Should().Match(message);
    }

    [Fact]
    public async Task Load_ModuleOfSnapshot0_IsAccepted()
    {
        await using var host = new TestHost();

        (await host.LoadGuestAsync("snapshot0")).Name.Should().Be("snapshot0");
    }

    [Fact]
    public async Task Load_Cancelled_DoesNotCompile()
    {
        await using var host = new TestHost();

        await host.Awaiting(it => it.Host.LoadAsync(TestHost.ReadGuest("empty"), "empty", new CancellationToken(canceled: true)).AsTask())
            .Should().ThrowAsync<OperationCanceledException>();
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task Load_NameThatNoGuestCanBeGiven_IsRefused(string name)
    {
        await using var host = new TestHost();

        await host.Awaiting(it => it.Host.LoadAsync(TestHost.ReadGuest("empty"), name).AsTask()).Should().ThrowAsync<ArgumentException>();
    }

    private static async Task<InvalidGuestModuleException> FailAsync(byte[] wasm)
    {
        await using var host = new TestHost(options => options.MaxMemoryBytes = 32 << 20);
        return (await host.Awaiting(it => it.Host.LoadAsync(wasm, "bad").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>()).Which;
    }
}
