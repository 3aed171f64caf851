using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Execution;

public sealed class ComputeGateTests : IAsyncLifetime, IDisposable
{
    // No place is taken back but where a test wants it.
    private readonly FakeTimeProvider _time = new();
    private readonly ComputeGate _gate;
    private readonly WasmEngine _engine;
    private readonly CancellationTokenSource _cancellation = new();
    private CompiledModule _busy = null!;
    private CompiledModule _quiet = null!;

    public ComputeGateTests()
    {
        _gate = new ComputeGate(1, long.MaxValue, _time);
        _engine = new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, 8), Preview1Functions.Table, gate: _gate);
    }

    public async Task InitializeAsync() => (_busy, _quiet) = (await LoadAsync(_engine, "busy"), await LoadAsync(_engine, "quiet"));

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _busy.Dispose();
        _quiet.Dispose();
        _engine.Dispose();
        _cancellation.Dispose();
    }

    [Fact]
    public void Enter_AllPlacesTaken_Waits()
    {
        var first = CreateTurn(_busy);
        var second = CreateTurn(_busy);

        first.TryEnter().Should().BeTrue();
        second.TryEnter().Should().BeFalse();
        first.Leave();

        second.TryEnter().Should().BeTrue();
    }

    [Fact]
    public async Task Begin_AllPlacesTaken_HasASparePlaceForOneTickUnlessOthersWait()
    {
        using var engine = new WasmEngine(
            new EngineSettings(1 << 20, 10, 64 << 10, 8), Preview1Functions.Table, gate: new ComputeGate(1, long.MaxValue, _time, spares: 1));
        using var module = await LoadAsync(engine, "module");
        var (first, second, third, fourth) = (CreateTurn(module), CreateTurn(module), CreateTurn(module), CreateTurn(module));
        var order = new List<string>();

        first.TryBegin().Should().BeTrue();
        second.TryEnter().Should().BeFalse("spare places are for those who begin");
        second.TryBegin().Should().BeTrue();
        third.TryBegin().Should().BeFalse("there is one");
        second.MustWait().Should().BeTrue("its tick is over");
        third.TryBegin().Should().BeTrue("it was given back");
        Wait(second, "second", order);
        third.Leave();
        fourth.TryBegin().Should().BeFalse("another waits");
        first.Leave();

        order.Should().Equal("second");
    }

    [Fact]
    public async Task Begin_OthersWaitAndTheLastGuestsWereBrief_HasASparePlaceUntilOneComesToATick()
    {
        using var engine = new WasmEngine(
            new EngineSettings(1 << 20, 10, 64 << 10, 8), Preview1Functions.Table, gate: new ComputeGate(1, long.MaxValue, _time, spares: 2));
        using var module = await LoadAsync(engine, "module");
        var (holder, second, third, fourth) = (CreateTurn(module), CreateTurn(module), CreateTurn(module), CreateTurn(module));
        var order = new List<string>();
        holder.TryEnter();
        Wait(CreateTurn(module), "waiting", order);
        second.TryBegin().Should().BeFalse("nobody knows what it will use");

        module.ComputeShare.NoteGuest(1);
        second.TryBegin().Should().BeTrue("it is likely to be done before a place is found for it");
        second.Start();
        third.TryBegin().Should().BeTrue();
        fourth.TryBegin().Should().BeFalse("there are two spare places");
        second.NoteUncounted(System.Diagnostics.Stopwatch.Frequency);
        for (var tick = 0; tick < 3; tick++) second.NoteTick();
        second.MustWait().Should().BeTrue("its tick is over");
        fourth.TryBegin().Should().BeFalse("they are brief no more");

        order.Should().BeEmpty("the place is not theirs");
        holder.Leave();
        order.Should().Equal("waiting");
    }

    [Fact]
    public void End_AfterHavingRun_IsNotedInItsShare()
    {
        var turn = CreateTurn(_busy);
        turn.Begin(Timeout.InfiniteTimeSpan, source: null, tenant: null);
        turn.TryEnter();
        turn.End();
        _busy.ComputeShare.IsBrief.Should().BeFalse("it never ran");

        turn.Begin(Timeout.InfiniteTimeSpan, source: null, tenant: null);
        turn.TryEnter();
        turn.Start();
        turn.StopMeter();
        turn.End();

        _busy.ComputeShare.IsBrief.Should().Be(turn.Used < System.Diagnostics.Stopwatch.Frequency / 10_000);
        _gate.Has(turn).Should().BeFalse();
    }

    [Fact]
    public void TakeOver_GetsThePlaceOnce()
    {
        var (waited, guest, next) = (CreateTurn(_busy), CreateTurn(_busy), CreateTurn(_busy));
        waited.TryEnter().Should().BeTrue();

        guest.TakeOver(waited);
        waited.Leave();

        guest.TryBegin().Should().BeTrue();
        next.TryEnter().Should().BeFalse("leaving what was handed over gives nothing back");
        guest.Leave();
        next.TryEnter().Should().BeTrue();
    }

    [Fact]
    public void TakeOver_OfAPlaceThatWasLost_HasNone()
    {
        var (waited, guest, next) = (CreateTurn(_busy), CreateTurn(_busy), CreateTurn(_busy));
        waited.TryEnter().Should().BeTrue();
        waited.Leave();
        next.TryEnter().Should().BeTrue();

        guest.TakeOver(waited);

        guest.TryBegin().Should().BeFalse();
        next.Leave();
        guest.TryBegin().Should().BeTrue();
    }

    [Fact]
    public void Leave_ThoseWhoGoOnLeaveAtOnce_IsNoRecursion()
    {
        var first = CreateTurn(_busy);
        first.TryEnter();
        var (depth, deepest, count) = (0, 0, 0);
        foreach (var turn in Enumerable.Range(0, 100).Select(_ => CreateTurn(_busy)))
        {
            turn.Wait(() =>
            {
                deepest = Math.Max(deepest, ++depth);
                count++;
                turn.Leave();
                depth--;
            });
        }

        first.Leave();

        (count, deepest).Should().Be((100, 1));
    }

    [Fact]
    public void Leave_OthersWait_GivesThePlaceToThemAndToNobodyWhoCame()
    {
        var (first, second, third) = (CreateTurn(_busy), CreateTurn(_busy), CreateTurn(_busy));
        var order = new List<string>();
        first.TryEnter();
        Wait(second, "second", order);
        Wait(third, "third", order);

        first.Leave();
        first.TryEnter().Should().BeFalse("others were there before");
        second.Leave();

        order.Should().Equal("second", "third");
        _gate.Waiting.Should().Be(0);
    }

    [Fact]
    public void Leave_SeveralModules_TheOneThatUsedLeastIsNext()
    {
        var holder = CreateTurn(_busy);
        var order = new List<string>();
        holder.TryEnter();
        var busy = Enumerable.Range(0, 3).Select(_ => CreateTurn(_busy)).ToList();
        foreach (var turn in busy) Wait(turn, "busy", order);
        var quiet = CreateTurn(_quiet);
        Wait(quiet, "quiet", order);

        holder.Share.Charge(1_000);
        holder.Leave();
        order.Should().Equal("quiet");
        quiet.Leave();

        order.Should().Equal("quiet", "busy");
    }

    [Fact]
    public void MustWait_OnlyForModulesThatUsedLess()
    {
        var holder = CreateTurn(_busy);
        var order = new List<string>();
        holder.TryEnter();
        holder.MustWait().Should().BeFalse("nobody waits");
        Wait(CreateTurn(_busy), "busy", order);
        holder.Share.Charge(1_000);
        holder.MustWait().Should().BeFalse("the first of a module is done before the second begins");

        Wait(CreateTurn(_quiet), "quiet", order);

        holder.MustWait().Should().BeTrue();
        holder.WasInterrupted.Should().BeTrue();
    }

    [Fact]
    public void Wait_ModuleThatUsedMuchLongAgo_IsNotKeptWaiting()
    {
        var (first, second, third) = (CreateTurn(_busy), CreateTurn(_quiet), CreateTurn(_busy));
        var order = new List<string>();
        _busy.ComputeShare.Charge(long.MaxValue / 4);
        second.TryEnter();
        Wait(first, "busy", order);
        second.Share.Charge(System.Diagnostics.Stopwatch.Frequency);
        Wait(CreateTurn(_quiet), "quiet", order);
        Wait(third, "busy", order);

        second.Leave();

        order.Should().Equal("busy");
    }

    [Fact]
    public void Wait_Cancelled_GoesOnAtOnceWithoutAPlace()
    {
        var holder = CreateTurn(_busy);
        var turn = CreateTurn(_busy, _cancellation.Token);
        var order = new List<string>();
        holder.TryEnter();
        Wait(turn, "cancelled", order);
        order.Should().BeEmpty();

        _cancellation.Cancel();

        order.Should().Equal("cancelled");
        _gate.Has(holder).Should().BeTrue();
        _gate.Waiting.Should().Be(0);
        turn.TryEnter().Should().BeTrue("who is to end needs no place");
        turn.Leave();
        _gate.Has(holder).Should().BeTrue();
    }

    [Fact]
    public void Wait_AlreadyCancelled_GoesOnAtOnce()
    {
        _cancellation.Cancel();
        var order = new List<string>();
        CreateTurn(_busy).TryEnter();

        Wait(CreateTurn(_busy, _cancellation.Token), "cancelled", order);

        order.Should().Equal("cancelled");
    }

    [Fact]
    public async Task TakeBack_PlaceOfOneWhoIsNotSeen_IsGivenOnAndNotGivenBackTwice()
    {
        using var engine = new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, 8), Preview1Functions.Table, gate: new ComputeGate(1));
        using var module = await LoadAsync(engine, "module");
        var (lost, second, third) = (CreateTurn(module), CreateTurn(module), CreateTurn(module));
        lost.TryEnter();

        // Not on the ticker's own thread, which the engine waits for.
        var gotPlace = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // The engine's ticker runs while somebody waits.
        second.Wait(gotPlace.SetResult);
        await gotPlace.Task.WaitAsync(TestHost.Patience);
        lost.Leave();

        third.TryEnter().Should().BeFalse("the place is another's by now");
        lost.MustWait().Should().BeTrue();
        second.Leave();
        third.TryEnter().Should().BeTrue();
    }

    [Fact]
    public async Task Run_CancelledBeforeItsTurn_IsNeverInstantiated()
    {
        var holder = CreateTurn(_busy);
        holder.TryEnter();
        await using var threads = new GuestThreads(1 << 20, Timeout.InfiniteTimeSpan);
        var store = ModuleLoading.CreateStore(_quiet, cancellationToken: _cancellation.Token);

        var run = threads.RunAsync(store, long.MaxValue);
        threads.Count.Should().Be(0, "who waits for a place needs no thread");
        await _cancellation.CancelAsync();
        var outcome = await run.AsTask().WaitAsync(TestHost.Patience);

        outcome.HostException.Should().BeOfType<OperationCanceledException>();
        (threads.Count, store.NativeContext).Should().Be((0, 0));
        _gate.Has(holder).Should().BeTrue();
    }

    [Fact]
    public async Task Enter_ManyAtOnce_NeverMoreThanPlacesAndAllComeToTheirTurn()
    {
        const int Places = 2;
        const int Rounds = 2_000;
        using var engine = new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, 8), Preview1Functions.Table, gate: new ComputeGate(Places, long.MaxValue));
        using var first = await LoadAsync(engine, "first");
        using var second = await LoadAsync(engine, "second");
        var (inside, most) = (0, 0);
        var guests = Enumerable.Range(0, 8).Select(number => Task.Run(async () =>
        {
            using var cancellation = new CancellationTokenSource();
            var turn = CreateTurn(number % 2 == 0 ? first : second, cancellation.Token);
            for (var round = 0; round < Rounds; round++)
            {
                if (!turn.TryEnter()) await turn.WaitAsync();
                var now = Interlocked.Increment(ref inside);
                if (now > Volatile.Read(ref most)) Volatile.Write(ref most, now);
                if (round % 16 == 0) await Task.Yield();
                Interlocked.Decrement(ref inside);
                turn.Share.Charge(1);
                turn.Leave();
            }
        }));

        await Task.WhenAll(guests).WaitAsync(TestHost.Patience);

        most.Should().BeInRange(1, Places);
        engine.Gate.Waiting.Should().Be(0);
    }

    private static Task<CompiledModule> LoadAsync(WasmEngine engine, string name) => ModuleLoading.LoadEmptyAsync(engine, name);

    private static ComputeTurn CreateTurn(CompiledModule module, CancellationToken cancellationToken = default) =>
        ModuleLoading.CreateStore(module, cancellationToken: cancellationToken).Turn;

    private static void Wait(ComputeTurn turn, string name, List<string> order) => turn.Wait(() => order.Add(name));
}
