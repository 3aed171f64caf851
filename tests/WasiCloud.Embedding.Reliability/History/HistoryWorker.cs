using System.Text;

namespace WasiCloud.Embedding.Reliability.History;

/// <summary>The process that is killed and stopped: a host whose clients tell on standard output what they do.</summary>
internal static class HistoryWorker
{
    /// <summary>The command's name.</summary>
    public const string Verb = "history-worker";

    /// <summary>The line that says that there will be no more calls.</summary>
    public const string Quiet = "quiet";

    /// <summary>Runs until standard input ends, and the watch has seen its last key.</summary>
    /// <param name="store">The backend's name.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="name">What the clients' names begin with.</param>
    /// <param name="seed">What makes their choices the same each time.</param>
    /// <param name="clock">The clock of all clients.</param>
    public static async Task RunAsync(string store, string address, string name, int seed, SharedClock clock)
    {
        var written = new Lock();
        await using var output = Console.OpenStandardOutput();
        void Write(string line)
        {
            var bytes = Encoding.UTF8.GetBytes(line + "\n");
            lock (written) output.Write(bytes);
        }

        await using var host = await HistoryHost.CreateAsync(scope => HistoryStore.Use(scope, store, address), name, clock, Write);
        var (callers, watch) = host.Start(seed);
        while (await Console.In.ReadLineAsync() is { } number) await host.GoOnAsync(number);
        await host.EndAsync();
        await callers;
        Write(Quiet);
        await watch;
    }
}
