using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding;
using Xunit;

namespace GameServerSample.Tests;

/// <summary>The game, step by step, with real guests.</summary>
public sealed class GameLoopTests : IAsyncTest
{
    private const int Count = 60;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("game-");
    private readonly ServiceProvider _services;
    private readonly string _path;
    private readonly ModuleFile _file;
    private DateTime _written = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public GameLoopTests()
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options =>
            (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule, options.MaxFuel, options.Execution, options.ModuleCacheFolder) =
                (Count + 4, Count + 4, GameLoop.FuelPerTick, TestExecution.Value, null))
            .AddRpcService(GameLoop.Move, GameLoop.HandleMove);
        _services = services.BuildServiceProvider();
        _path = Path.Combine(_folder.FullName, "creature.wasm");
        Write(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "guests", "creature.wasm")));
        _file = new ModuleFile(Host, _path);
    }

    private IInvocationHost Host => _services.GetRequiredService<IInvocationHost>();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Step_EveryCreature_MovesOnce()
    {
        await using var game = await StartAsync(runaways: 0);

        for (var step = 0; step < 100; step++) await game.StepAsync();

        game.Creatures.Should().OnlyContain(creature => creature.Moves == 100);
        game.Creatures.Select(creature => (creature.X, creature.Y)).Distinct().Should().HaveCountGreaterThan(1).And.NotContain((0, 0));
        game.Failures.Should().Be(0);
    }

    [Fact]
    public async Task Runaway_IsEndedByItsFuelAndTheOthersGoOn()
    {
        await using var game = await StartAsync(runaways: 2);

        for (var step = 0; step < 30; step++) await game.StepAsync();

        // Nine ticks that move, one that does not come back, and then another guest.
        game.Creatures.Take(2).Should().OnlyContain(creature => creature.Moves == 27);
        game.Creatures.Skip(2).Should().OnlyContain(creature => creature.Moves == 30);
        game.Failures.Should().Be(6);
    }

    [Fact]
    public async Task Module_Changed_ReplacesTheGuestsAndNoCreatureMissesAStep()
    {
        await using var game = await StartAsync(runaways: 0);
        for (var step = 0; step < 3; step++) await game.StepAsync();
        var before = game.Creatures.Select(creature => creature.Guest).ToList();

        Write(await File.ReadAllBytesAsync(_path));
        game.Use((await _file.LoadIfChangedAsync())!);
        await game.StepAsync();
        game.Creatures.Zip(before).Count(pair => pair.First.Guest == pair.Second).Should().Be(Count - GameLoop.ReplacementsPerStep, "a few at a time");
        await game.StepAsync();

        game.Replacements.Should().Be(Count);
        game.Creatures.Should().OnlyContain(creature => creature.Moves == 5);
        game.Creatures.Select(creature => creature.Guest).Should().NotIntersectWith(before);
        game.Failures.Should().Be(0);
    }

    [Fact]
    public async Task Module_ThatCannotBeLoaded_LeavesTheGuests()
    {
        await using var game = await StartAsync(runaways: 0);
        await game.StepAsync();

        Write("not a module"u8.ToArray());
        (await _file.LoadIfChangedAsync()).Should().BeNull();
        _file.Problem.Should().Contain("WebAssembly");
        (await _file.LoadIfChangedAsync()).Should().BeNull("it is tried once");
        await game.StepAsync();

        game.Creatures.Should().OnlyContain(creature => creature.Moves == 2);
    }

    private async Task<GameLoop> StartAsync(int runaways) => new(Host, (await _file.LoadIfChangedAsync())!, Count, runaways);

    // Two writes may be in one tick of the file system's clock.
    private void Write(byte[] bytes)
    {
        File.WriteAllBytes(_path, bytes);
        File.SetLastWriteTimeUtc(_path, _written += TimeSpan.FromSeconds(1));
    }
}
