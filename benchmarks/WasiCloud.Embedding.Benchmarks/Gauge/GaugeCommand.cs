using System.Globalization;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>Prints the project's figures, one a line: what a person runs before and after a change.</summary>
internal static class GaugeCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "gauge";

    private const string ExecutionOption = "--execution";
    private const string OnlyOption = "--only";
    private const string KeyValueVerb = "key-value";
    private const string ConnectionVerb = "connections";
    private const string MountVerb = "mounts";

    private static readonly IGaugeFigures[] All =
        [
            new HostCallFigures(), new InvocationFigures(), new PolicyFigures(), new ReactorFigures(), new SuspensionFigures(), new RpcFigures(),
            new ParkedFigures(), new StreamFigures(), new HttpFigures(),
        ];

    // Apart, because it needs a server and takes longer.
    private static readonly IGaugeFigures[] KeyValue = [new KeyValueFigures()];

    // Apart too: it needs Go, and 20,000 sockets.
    private static readonly IGaugeFigures[] Connections = [new SocketFigures(), new DaemonFigures(), new WebSocketFigures()];

    // What the copy costs that handles of an application's are given.
    private static readonly IGaugeFigures[] Mounts = [new MountFigures()];

    /// <summary>Runs it.</summary>
    /// <param name="arguments">Nothing, or <c>--execution threads</c> or <c>fibers</c>, and <c>--only</c> with the beginning of a class's name, such as
    /// <c>rpc</c>; or what the processes that it starts are told.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        switch (arguments)
        {
            case [ParkedGuests.Verb, var execution]:
                await ParkedGuests.RunAsync(Enum.Parse<GuestExecution>(execution));
                return 0;
            case [HttpServer.Verb, var execution]:
                await HttpServer.RunAsync(Enum.Parse<GuestExecution>(execution), native: null);
                return 0;
            case [HttpServer.Verb, var execution, var native]:
                await HttpServer.RunAsync(Enum.Parse<GuestExecution>(execution), new Uri(native));
                return 0;
            case [WebSocketServer.Verb, var execution, var kind]:
                await WebSocketServer.RunAsync(Enum.Parse<GuestExecution>(execution), kind);
                return 0;
            case []:
                return await MeasureBothAsync(All);
            case [KeyValueVerb]:
                return await MeasureBothAsync(KeyValue);
            case [ConnectionVerb]:
                return await MeasureBothAsync(Connections);
            case [MountVerb]:
                return await MeasureBothAsync(Mounts);
            case [ExecutionOption, var name] when Enum.TryParse<GuestExecution>(name, ignoreCase: true, out var execution):
                await MeasureAsync(execution, All);
                return 0;
            case [ExecutionOption, var name, OnlyOption, var group] when Enum.TryParse<GuestExecution>(name, ignoreCase: true, out var execution):
                await MeasureAsync(execution, [.. All.Where(figures => figures.GetType().Name.StartsWith(group, StringComparison.OrdinalIgnoreCase))]);
                return 0;
            default:
                await Console.Error.WriteLineAsync($"usage: {Name} [{KeyValueVerb} | {ConnectionVerb} | {MountVerb} | {ExecutionOption} threads|fibers " +
                    $"[{OnlyOption} <class>]]");
                return 2;
        }
    }

    private static async Task<int> MeasureBothAsync(IGaugeFigures[] groups)
    {
        await MeasureAsync(GuestExecution.Fibers, groups);
        await MeasureAsync(GuestExecution.Threads, groups);
        return 0;
    }

    private static async Task MeasureAsync(GuestExecution execution, IGaugeFigures[] groups)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"# {execution}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, " +
                $"{RuntimeInformation.FrameworkDescription}, load {LoadAverage()}"));
        foreach (var figures in groups)
        {
            await foreach (var figure in figures.MeasureAsync(execution)) Console.WriteLine(figure);
        }
    }

    // Who reads the figures wants to know what else ran.
    private static string LoadAverage() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
