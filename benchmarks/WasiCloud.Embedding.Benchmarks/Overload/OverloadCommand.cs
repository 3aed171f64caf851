using System.Globalization;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>Prints how much is done of what is asked, when that is half of what can be done, all, twice and four times as much.</summary>
internal static class OverloadCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "overload";

    private const string ExecutionOption = "--execution";

    private static readonly double[] Loads = [0.5, 1, 2, 4];
    private static readonly TimeSpan PointTime = TimeSpan.FromSeconds(3);

    /// <summary>Runs it.</summary>
    /// <param name="arguments">Which executor (both, if it is not said) and which cases (all, if none is named); or what the process that it starts is
    /// told.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (arguments is [ChatServer.Verb, var server])
        {
            await ChatServer.RunAsync(Enum.Parse<GuestExecution>(server));
            return 0;
        }

        var executions = new List<GuestExecution> { GuestExecution.Threads, GuestExecution.Fibers };
        var names = arguments.ToList();
        if (arguments is [ExecutionOption, var name, ..] && Enum.TryParse<GuestExecution>(name, ignoreCase: true, out var execution))
        {
            executions = [execution];
            names = [.. arguments.Skip(2)];
        }

        var all = CreateAll().Select(it => it.Name).ToList();
        if (names.Exists(it => !all.Contains(it, StringComparer.Ordinal)))
        {
            await Console.Error.WriteLineAsync($"usage: {Name} [{ExecutionOption} threads|fibers] [{string.Join('|', all)}]...");
            return 2;
        }

        foreach (var chosen in executions) await MeasureAsync(chosen, names);
        return 0;
    }

    private static IOverloadCase[] CreateAll() => [new RequestCase(), new DaemonCase(), new RpcCase(), new TopicCase(), new ChatCase()];

    private static async Task MeasureAsync(GuestExecution execution, List<string> names)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"# {execution}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}"));
        Console.WriteLine("| | load | offered/s | good/s | of best | refused/s | given up/s |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
        foreach (var overload in CreateAll().Where(it => names.Count == 0 || names.Contains(it.Name, StringComparer.Ordinal)))
        {
            await overload.StartAsync(execution);
            await using (overload)
            {
                await MeasureAsync(overload);
            }
        }
    }

    private static async Task MeasureAsync(IOverloadCase overload)
    {
        var saturation = await overload.SaturateAsync();
        var points = new List<OverloadPoint>();
        foreach (var load in Loads) points.Add(await overload.OfferAsync(load * saturation, PointTime));
        var best = points.Max(point => point.Good);
        foreach (var (load, point) in Loads.Zip(points)) Console.WriteLine(point.Format(overload.Name, load, best));
    }
}
