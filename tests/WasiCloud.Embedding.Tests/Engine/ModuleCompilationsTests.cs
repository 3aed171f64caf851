using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine;

public sealed class ModuleCompilationsTests : IDisposable
{
    private readonly WasmEngine _engine = new(new EngineSettings(8 << 20, 10, 64 << 10, 2));
    private readonly FakeTimeProvider _time = new();
    private readonly byte[] _wasm = TestHost.ReadGuest("empty");
    private readonly ModuleCompilations _compilations;
    private int _count;

    public ModuleCompilationsTests() => _compilations = new ModuleCompilations(_time);

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task Compile_SameBytesAtOneTime_CompilesOnceAndEachOwnsItsCode()
    {
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var loads = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () => _compilations.Compile(_engine, "a", () =>
            {
                begun.Set();
                go.Wait(TestHost.Patience);
                return Compile();
            }),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        begun.Wait(TestHost.Patience).Should().BeTrue();
        using var other = _compilations.Compile(_engine, "b", Compile);
        go.Set();

        var modules = await Task.WhenAll(loads).WaitAsync(TestHost.Patience);

        // One that comes when the others have their code compiles again, without a cache.
        _count.Should().BeInRange(2, 5);
        modules[0].Dispose();
        modules[1].ReadExports().Should().NotBeEmpty();
        foreach (var module in modules) module.Dispose();
    }

    [Fact]
    public void Compile_AfterAFailure_FailsAtOnceForAMinute()
    {
        Fail("a").Should().Throw<InvalidGuestModuleException>().WithMessage("no").Which.Offset.Should().Be(7);
        var again = Fail("a").Should().Throw<InvalidGuestModuleException>().WithMessage("no").Which;
        (again.Offset, _count).Should().Be((7, 1));
        Fail("b").Should().Throw<InvalidGuestModuleException>();
        _count.Should().Be(2);

        _time.Advance(TimeSpan.FromMinutes(1));
        Fail("a").Should().Throw<InvalidGuestModuleException>();
        _count.Should().Be(3);
    }

    [Fact]
    public void Compile_OtherFailures_AreNotRemembered()
    {
        FluentActions.Invoking(() => _compilations.Compile(_engine, "a", () => throw new IOException())).Should().Throw<IOException>();

        using var module = _compilations.Compile(_engine, "a", Compile);
        module.ReadExports().Should().NotBeEmpty();
    }

    [Fact]
    public void Compile_ManyFailures_ForgetsTheOldest()
    {
        for (var index = 0; index <= 1_000; index++) Fail($"{index}").Should().Throw<InvalidGuestModuleException>();
        Fail("1").Should().Throw<InvalidGuestModuleException>();
        _count.Should().Be(1_001);

        Fail("0").Should().Throw<InvalidGuestModuleException>();
        _count.Should().Be(1_002);
    }

    private Action Fail(string checksum) => () => _compilations.Compile(_engine, checksum, () =>
    {
        _count++;
        throw new InvalidGuestModuleException("no", offset: 7);
    });

    private WasmModuleHandle Compile()
    {
        Interlocked.Increment(ref _count);
        return WasmModuleHandle.TryCompile(_engine.Handle, _wasm, out var module, out var error) ? module : throw ModuleInspection.ToException(error);
    }
}
