using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using WasiCloud.Embedding.Waiting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Execution;

/// <summary>Which of the guests of one module is next, and who may come.</summary>
public sealed class ComputeShareTests : IAsyncLifetime, IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ComputeGate _gate;
    private readonly WasmEngine _engine;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly List<string> _order = [];
    private CompiledModule _module = null!;
    private ComputeTurn? _current;

    public ComputeShareTests()
    {
        // One place, which is never taken back.
        _gate = new ComputeGate(1, long.MaxValue, _time);
        _engine = new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, 8), Preview1Functions.Table, gate: _gate);
    }

    public async Task InitializeAsync() => _module = await ModuleLoading.LoadEmptyAsync(_engine, "empty");

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _module.Dispose();
        _engine.Dispose();
        _cancellation.Dispose();
    }

    [Fact]
    public void IsBrief_WhileMostOfTheLastGuestsWere()
    {
        var share = new ComputeShare();
        var millisecond = System.Diagnostics.Stopwatch.Frequency / 1_000;
        share.IsBrief.Should().BeFalse("none has ended");

        share.NoteGuest(millisecond / 100);
        share.IsBrief.Should().BeTrue();
        for (var guest = 0; guest < 8; guest++) share.NoteGuest(millisecond / 100);
        share.NoteGuest(long.MaxValue);
        share.IsBrief.Should().BeTrue("one may have been kept from its core");
        for (var guest = 0; guest < 2; guest++) share.NoteGuest(3 * millisecond);
        share.IsBrief.Should().BeFalse("three together were long");
        for (var guest = 0; guest < 8; guest++) share.NoteGuest(millisecond / 100);
        share.IsBrief.Should().BeTrue();
        for (var guest = 0; guest < 100; guest++) share.NoteGuest(guest % 2 == 0 ? 3 * millisecond : millisecond / 100);
        share.IsBrief.Should().BeFalse("half of them are long");
    }

    [Fact]
    public void Leave_OneModule_ThoseUnderWayGoBeforeThoseThatBegin()
    {
        var holder = CreateTurn();
        var turns = Enumerable.Range(0, 3).Select(_ => CreateTurn()).Concat(Enumerable.Range(0, 3).Select(_ => CreateUnderWay())).ToList();
        holder.TryEnter();
        Wait(CreateTurn(), "begins 0");
        for (var index = 0; index < 3; index++) Wait(turns[index], "begins");
        for (var index = 3; index < 6; index++) Wait(turns[index], "goes on");

        // Nobody has begun for long, so one does; and then not before those that are under way.
        LeaveAll(holder);

        _order.Should().Equal("begins 0", "goes on", "goes on", "goes on", "begins", "begins", "begins");
    }

    [Fact]
    public void Leave_ThoseUnderWayAreNeverDone_OneBeginsNowAndThen()
    {
        var holder = CreateTurn();
        holder.TryEnter();
        for (var index = 0; index < 3; index++) Wait(CreateTurn(), "begins");
        for (var index = 0; index < 4; index++) Wait(CreateUnderWay(), "goes on");

        LeaveAll(holder, afterEach: () => _time.Advance(TimeSpan.FromMilliseconds(25)));

        _order.Should().Equal("begins", "goes on", "begins", "goes on", "begins", "goes on", "goes on");
    }

    [Fact]
    public void Leave_TheFirstThatBeginsHasWaitedForLong_TheLastIsNext()
    {
        var holder = CreateTurn();
        holder.TryEnter();
        Wait(CreateTurn(), "first");
        _time.Advance(ArrivalOrder.Long + TimeSpan.FromTicks(1));
        Wait(CreateTurn(), "last");

        holder.Leave();

        _order.Should().Equal("last");
    }

    [Fact]
    public async Task Arrival_AllPlacesTaken_IsLetInWhenAGuestCouldBegin()
    {
        var holder = CreateTurn();
        var arrival = new Arrival(_module, _module.ComputeShare, _cancellation.Token);
        holder.TryEnter();
        arrival.TryEnter().Should().BeFalse();
        var waiting = arrival.WaitAsync().AsTask();
        Wait(CreateTurn(), "begins");
        _gate.Waiting.Should().Be(2);

        holder.Leave();
        await waiting.WaitAsync(TestHost.Patience);
        _order.Should().BeEmpty("the arrival has the place");
        arrival.Leave();

        _order.Should().Equal("begins");
    }

    [Fact]
    public async Task Arrival_NotToComeAnyMore_TakesNoPlace()
    {
        var holder = CreateTurn();
        var arrival = new Arrival(_module, _module.ComputeShare, _cancellation.Token);
        holder.TryEnter();
        var waiting = arrival.TryEnter() ? Task.CompletedTask : arrival.WaitAsync().AsTask();

        await _cancellation.CancelAsync();
        await waiting.WaitAsync(TestHost.Patience);
        arrival.Leave();

        (_gate.Waiting, _gate.Has(holder)).Should().Be((0, true));
    }

    private ComputeTurn CreateTurn() =>
        ModuleLoading.CreateStore(_module, _time).Turn;

    private void Wait(ComputeTurn turn, string name) => turn.Wait(() =>
    {
        _order.Add(name);
        _current = turn;
    });

    // It has computed and waited.
    private ComputeTurn CreateUnderWay()
    {
        var turn = CreateTurn();
        turn.Start();
        turn.StopMeter();
        return turn;
    }

    // Whoever gets the place gives it back at once.
    private void LeaveAll(ComputeTurn holder, Action? afterEach = null)
    {
        holder.Leave();
        while (_current is { } turn)
        {
            _current = null;
            afterEach?.Invoke();
            turn.Leave();
        }
    }
}
