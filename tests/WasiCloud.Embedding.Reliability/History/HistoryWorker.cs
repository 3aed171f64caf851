using System.IO.Pipelines;
using System.Text;

namespace WasiCloud.Embedding.Reliability.History;

/// <summary>The process that is killed and stopped: a host whose clients tell on standard output what they do.</summary>
internal static class HistoryWorker
{
    /// <summary>The name of the command whose clients call at random.</summary>
    public const string Verb = "history-worker";

    /// <summary>The name of the command that has one client, which does what standard input tells it.</summary>
    public const string ToldVerb = "history-told";

    /// <summary>The line that says that there will be no more calls.</summary>
    public const string Quiet = "quiet";

    private static readonly Stream s_output = Console.OpenStandardOutput();

    // What two hosts on two cores make, and a check of a second looks through.
    private const int Pace = 4;

    /// <summary>Runs until standard input ends, and the watch has seen its last key.</summary>
    /// <param name="store">The backend's name.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="name">What the clients' names begin with.</param>
    /// <param name="seed">What makes their choices the same each time.</param>
    /// <param name="clock">The clock of all clients.</param>
    public static async Task RunAsync(string store, string address, string name, int seed, SharedClock clock)
    {
        await using var host = await CreateAsync(store, address, name, clock);
        var (callers, watch) = host.Start(seed, Pace);
        while (await Console.In.ReadLineAsync() is { } number) await host.GoOnAsync(number);
        await host.EndAsync();
        await callers;
        Write(Quiet);
        await watch;
    }

    /// <summary>Runs one client until standard input ends.</summary>
    /// <param name="store">The backend's name.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="name">The client's name.</param>
    /// <param name="clock">The clock of all clients.</param>
    public static async Task DoAsToldAsync(string store, string address, string name, SharedClock clock)
    {
        await using var host = await CreateAsync(store, address, name, clock);
        await using var input = Console.OpenStandardInput();
        await host.DoAsToldAsync(PipeReader.Create(input));
    }

    private static Task<HistoryHost> CreateAsync(string store, string address, string name, SharedClock clock) =>
        HistoryHost.CreateAsync(scope => HistoryStore.Use(scope, store, address), name, clock, Write);

    private static void Write(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        lock (s_output) s_output.Write(bytes);
    }
}
