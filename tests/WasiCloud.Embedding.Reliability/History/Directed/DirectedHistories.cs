using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Reliability.History.Directed;

/// <summary>
/// Histories in which one commit comes late to the server, because one connection stood still, while its host went on with another: what was refused must never
/// happen, nor what belongs to a lock that another has taken since, nor, after some time, what nobody knows of.
/// </summary>
/// <param name="store">A server.</param>
internal sealed class DirectedHistories(HistoryStore store)
{
    private static readonly TimeSpan Settling = TimeSpan.FromTicks(HistoryStore.Settles / TimeSpan.NanosecondsPerTick);

    // Only ends what hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly SharedClock _clock = SharedClock.Agree();
    private readonly HistoryRecorder _recorder = new();

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["refused-create", "refused-transaction", "killed-lock-holder", "unknown-write", "repeated-append"];

    /// <summary>Plays one.</summary>
    /// <param name="name">One of <see cref="Names"/>. On one store, each once.</param>
    /// <exception cref="LedgerViolationException">What must not happen happened.</exception>
    public async Task RunAsync(string name)
    {
        using var patience = new CancellationTokenSource(Patience);
        await using var first = Start(name + "-a", 0);
        await using var second = Start(name + "-b", 1);
        var a = new LateClient(name + "-a", first, store.Proxies[0], _recorder, patience.Token);
        var b = new LateClient(name + "-b", second, store.Proxies[1], _recorder, patience.Token);

        await a.ConnectAsync($"{name}/a");
        await b.ConnectAsync($"{name}/b");
        await PlayAsync(name, a, b);
        store.Proxies[0].Accept();
        await using var observer = (IAsyncDisposable)store.Open(_clock);
        var backend = (IKeyValueBackend)observer;
        if (name == "repeated-append") await CheckAbsentAsync(backend, name + "/list");
        else await HistoryReport.CheckAsync(_recorder.Lines, backend, _clock, HistoryStore.Settles);
    }

    private static async Task PlayAsync(string name, LateClient a, LateClient b)
    {
        switch (name)
        {
            case "refused-create":
                await a.HoldAsync($"create {name}/key late", "late");
                await b.CallAsync($"write {name}/key b");
                a.Cut();
                await a.EndAsync();
                await b.CallAsync($"remove {name}/key");
                await b.CallAsync($"read {name}/key");
                await a.DeliverAsync();
                break;
            case "refused-transaction":
                await a.HoldAsync($"txn {name} read written=late", "late");
                await b.CallAsync($"write {name}/read b,");
                a.Cut();
                await a.EndAsync();
                await b.CallAsync($"remove {name}/read");
                await a.DeliverAsync();
                break;
            case "killed-lock-holder":
                await a.HoldAsync($"add {name}/number", "1/");
                await a.KillAsync();
                for (var turn = 0; turn < 3; turn++) await b.CallAsync($"add {name}/number", 5);
                await a.DeliverAsync();
                await b.CallAsync($"add {name}/number", 5);
                break;
            case "unknown-write":
                a.Isolate();
                await a.HoldAsync($"write {name}/key late", "late");
                a.Cut();
                await a.EndAsync();
                await b.CallAsync($"write {name}/key b");
                await Task.Delay(Settling);
                await b.CallAsync($"read {name}/key");
                await a.DeliverAsync();
                break;
            case "repeated-append":
                await a.HoldAsync($"append {name}/list late", "late,");
                await b.CallAsync($"append {name}/list b");
                a.Cut();
                await a.EndAsync();
                await b.CallAsync($"remove {name}/list");
                await a.DeliverAsync();
                break;
            default:
                throw new ArgumentException($"There is no history '{name}'.", nameof(name));
        }
    }

    private async Task CheckAbsentAsync(IKeyValueBackend observer, string key)
    {
        if (await observer.GetAsync(key, int.MaxValue, CancellationToken.None) is not null)
            throw new LedgerViolationException($"appends: {key} was removed, and something of before is there:\n{string.Join('\n', _recorder.Lines)}");
    }

    private HistoryProcess Start(string name, int host) =>
        HistoryProcess.Start(_recorder, HistoryWorker.ToldVerb, store.Name, store.AddressFor(host), name, _clock.ToString());
}
