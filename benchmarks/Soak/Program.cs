using System.Diagnostics;
using System.Globalization;
using WasiCloud.Embedding.Soak;

SoakOptions options;
try
{
    options = SoakOptions.Parse(args);
}
catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    await Console.Error.WriteLineAsync(SoakOptions.Usage);
    return 2;
}

using var interruption = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interruption.Cancel();
};

// Once, so that what is made once is there: the first host, its threads, the compiled code.
await new SoakRun(options with { Invocations = 20_000, Resumes = 20_000, Limit = TimeSpan.FromMinutes(1) }, interruption.Token).RunAsync();
var before = await ProcessCounts.TakeAsync();
var started = Stopwatch.GetTimestamp();
var soak = new SoakRun(options, interruption.Token);
await soak.RunAsync();
var elapsed = Stopwatch.GetElapsedTime(started);
var after = await ProcessCounts.TakeAsync();
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"{options.Execution}, {options.Callers} callers, {elapsed:hh\\:mm\\:ss}, seed {options.Seed}: {soak.Totals}"));
var isClean = before.Compare(after);
return isClean && soak.Totals.Mismatches == 0 ? 0 : 1;
