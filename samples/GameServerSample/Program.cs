using System.Diagnostics;
using System.Globalization;
using GameServerSample;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding;

const int Rate = 30;
var creatures = Option("--creatures", 1000);
var runaways = Option("--runaways", 3);
var seconds = Option("--seconds", int.MaxValue / Rate);
var path = args.SkipWhile(argument => argument != "--module").Skip(1).FirstOrDefault() ?? Path.Combine(AppContext.BaseDirectory, "guests", "creature.wasm");

var services = new ServiceCollection();
services.AddWasiCloud(options =>
{
    // All creatures are of one module, which may have every place.
    (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule) = (creatures + 16, creatures + 16);
    (options.MaxFuel, options.MaxMemoryBytes) = (GameLoop.FuelPerTick * 10, 1 << 20);
})
    .AddRpcService(GameLoop.Move, GameLoop.HandleMove);
await using var provider = services.BuildServiceProvider();
var file = new ModuleFile(provider.GetRequiredService<IInvocationHost>(), path);
var module = await file.LoadIfChangedAsync();
if (module is null)
{
    await Console.Error.WriteLineAsync($"{path}: {file.Problem}");
    return 1;
}

await using var game = new GameLoop(provider.GetRequiredService<IInvocationHost>(), module, creatures, runaways);
using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / Rate));
Console.WriteLine("second  steps  busy %  slowest ms  moves      failures  replaced");
for (var second = 1; second <= seconds; second++)
{
    var (busy, slowest) = (TimeSpan.Zero, TimeSpan.Zero);
    for (var step = 0; step < Rate; step++)
    {
        await timer.WaitForNextTickAsync();
        var started = Stopwatch.GetTimestamp();
        await game.StepAsync();
        var taken = Stopwatch.GetElapsedTime(started);
        busy += taken;
        if (taken > slowest) slowest = taken;
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{second,6} {Rate,6} {busy.TotalSeconds * 100,7:F1} {slowest.TotalMilliseconds,11:F1}  {game.Creatures.Sum(creature => creature.Moves),-9}  " +
        $"{game.Failures,-8}  {game.Replacements}"));
    var before = file.Problem;
    if (await file.LoadIfChangedAsync() is { } changed)
    {
        game.Use(changed);
        Console.WriteLine($"{path} has changed: its creatures are replaced, {GameLoop.ReplacementsPerStep} in a step.");
    }
    else if (file.Problem is { } problem && problem != before)
    {
        Console.WriteLine($"{path} has changed and cannot be loaded; its creatures go on as they are: {problem}");
    }
}

return 0;

int Option(string name, int otherwise) =>
    int.TryParse(args.SkipWhile(argument => argument != name).Skip(1).FirstOrDefault(), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
