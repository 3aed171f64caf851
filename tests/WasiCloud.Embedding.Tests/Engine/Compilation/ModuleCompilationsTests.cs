using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

public sealed class ModuleCompilationsTests : IDisposable
{
    private readonly WasmEngine _engine = new(new EngineSettings(8 << 20, 10, 64 << 10, 2), Preview1Functions.Table);
    private readonly FakeTimeProvider _time = new();
    private readonly byte[] _wasm = TestHost.ReadGuest("empty");
    private readonly ModuleCompilations _compilations;
    private int _count;

    public ModuleCompilationsTests() => _compilations = new ModuleCompilations(_time);

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task Compile_SameBytesAtOneTime_CompilesOnceAndEachOwnsItsCode()
    {
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var loads = Enumerable.Range(0, 4).Select(_ => CompileWhenToldAsync("a", begun, go)).ToArray();
        await begun.Task.WaitAsync(TestHost.Patience);
        using var other = await _compilations.CompileAsync(_engine, "b", CompileAsync);
        go.SetResult();

        var modules = await Task.WhenAll(loads).WaitAsync(TestHost.Patience);

        _count.Should().Be(2);
        modules[0].Dispose();
        modules[1].ReadExports().Should().NotBeEmpty();
        foreach (var module in modules) module.Dispose();
    }

    [Fact]
    public async Task Compile_WhenOneOfSeveralGivesUp_GoesOnForTheOthers()
    {
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var patience = new CancellationTokenSource();
        var first = CompileWhenToldAsync("a", begun, go, patience.Token);
        var second = CompileWhenToldAsync("a", begun, go, patience.Token);
        var third = CompileWhenToldAsync("a", begun, go);
        await patience.CancelAsync();
        await second.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        first.IsCompleted.Should().BeFalse("its memory is being read");
        go.SetResult();

        (await third.WaitAsync(TestHost.Patience)).Dispose();
        await first.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        _count.Should().Be(1);
    }

    [Fact]
    public async Task Compile_WhenNobodyWaitsAnyMore_IsToldToEndAndIsNoFailure()
    {
        var (begun, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var patience = new CancellationTokenSource();
        var load = _compilations.CompileAsync(
            _engine, "a",
            async left =>
            {
                await using var registration = left.Register(ended.SetResult);
                begun.SetResult();
                await ended.Task;
                throw new InvalidGuestModuleException("killed");
            },
            patience.Token);
        await begun.Task.WaitAsync(TestHost.Patience);
        await patience.CancelAsync();
        await load.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        await ended.Task.WaitAsync(TestHost.Patience);

        using var module = await _compilations.CompileAsync(_engine, "a", CompileAsync);
        module.ReadExports().Should().NotBeEmpty();
    }

    [Fact]
    public async Task Compile_AfterAFailure_FailsAtOnceForAMinute()
    {
        (await FailAsync("a")).Should().Be(("no", (long?)7));
        (await FailAsync("a")).Should().Be(("no", (long?)7));
        _count.Should().Be(1);
        await FailAsync("b");
        _count.Should().Be(2);

        _time.Advance(TimeSpan.FromMinutes(1));
        await FailAsync("a");
        _count.Should().Be(3);
    }

    [Fact]
    public async Task Compile_OtherFailures_AreNotRemembered()
    {
        await FluentActions.Awaiting(() => _compilations.CompileAsync(_engine, "a", _ => throw new IOException())).Should().ThrowAsync<IOException>();

        using var module = await _compilations.CompileAsync(_engine, "a", CompileAsync);
        module.ReadExports().Should().NotBeEmpty();
    }

    [Fact]
    public async Task Compile_ManyFailures_ForgetsTheOldest()
    {
        for (var index = 0; index <= 1_000; index++) await FailAsync($"{index}");
        await FailAsync("1");
        _count.Should().Be(1_001);

        await FailAsync("0");
        _count.Should().Be(1_002);
    }

    private async Task<(string Message, long? Offset)> FailAsync(string checksum)
    {
        var load = _compilations.Awaiting(it => it.CompileAsync(_engine, checksum, _ =>
        {
            _count++;
            throw new InvalidGuestModuleException("no", offset: 7);
        }));
        var failure = (await load.Should().ThrowAsync<InvalidGuestModuleException>()).Which;
        return (failure.Message, failure.Offset);
    }

    private Task<WasmModuleHandle> CompileWhenToldAsync(
        string checksum, TaskCompletionSource begun, TaskCompletionSource go, CancellationToken cancellationToken = default) =>
        _compilations.CompileAsync(
            _engine, checksum,
            async left =>
            {
                begun.TrySetResult();
                await go.Task;
                return await CompileAsync(left);
            },
            cancellationToken);

    private Task<WasmModuleHandle> CompileAsync(CancellationToken left)
    {
        Interlocked.Increment(ref _count);
        return ModuleLoading.CompileAsync(_engine, _wasm);
    }
}
