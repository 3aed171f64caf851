using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Reliability.History.Faults;

namespace WasiCloud.Embedding.Reliability.History;

/// <summary>Two hosts, each a process with clients of its own, on one store; faults; and what the clients have told of it all, checked.</summary>
/// <param name="store">The store.</param>
/// <param name="seed">What makes the clients' choices, the faults and, counted in calls, their moments the same each time.</param>
/// <param name="longestMilliseconds">How long a fault lasts at most.</param>
internal sealed class HistoryRun(HistoryStore store, int seed, int longestMilliseconds) : IFaultTarget, IAsyncDisposable
{
    /// <summary>Who reads everything at the end.</summary>
    public const string Observer = "observer";

    private const int MostLines = 300;

    // A store that stands still has no calls to count.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // Only ends what hangs.
    private static readonly TimeSpan LongPatience = TimeSpan.FromMinutes(5);

    private readonly Random _random = new(seed);
    private readonly SharedClock _clock = SharedClock.Agree();
    private readonly HistoryRecorder _recorder = new();
    private readonly HistoryProcess?[] _hosts = new HistoryProcess?[2];
    private readonly string[] _names = new string[2];
    private int _started;
    private int _number;

    /// <inheritdoc/>
    public HistoryStore Store => store;

    /// <summary>All lines, for whoever wants to look for himself.</summary>
    public string[] Lines => _recorder.Lines;

    /// <inheritdoc/>
    public HistoryProcess this[int host] => _hosts[host]!;

    /// <summary>Lets faults happen, one in each round, and checks.</summary>
    /// <param name="faults">Those of the rounds.</param>
    /// <exception cref="LedgerViolationException">Something that was promised did not hold.</exception>
    public async Task<HistoryReport> RunAsync(IEnumerable<FaultKind> faults)
    {
        var nemesis = new Nemesis(this, _random, longestMilliseconds);
        for (var host = 0; host < _hosts.Length; host++) await ReplaceAsync(host);
        foreach (var fault in faults)
        {
            await GoOnAsync();
            await _recorder.WaitAsync(_recorder.Count + _random.Next(1, MostLines), Patience);
            await nemesis.StrikeAsync(fault);
            await _recorder.WaitAsync(_recorder.Count + _random.Next(1, MostLines), Patience);
        }

        await GoOnUntilAllIsSeenAsync();
        await using var observer = (IAsyncDisposable)store.Open(_clock);
        return await EndAsync((IKeyValueBackend)observer);
    }

    /// <inheritdoc/>
    public async Task ReplaceAsync(int host)
    {
        if (_hosts[host] is { } last)
        {
            await last.DisposeAsync();
            _recorder.Add(FormattableString.Invariant($"{_names[host]} {_clock.Nanoseconds} {RecordedHistory.Killed}"));
        }

        var name = _names[host] = FormattableString.Invariant($"h{host}-{_started++}");
        var choices = FormattableString.Invariant($"{(seed * 1000) + _started}");
        _hosts[host] = HistoryProcess.Start(_recorder, HistoryWorker.Verb, store.Name, store.AddressFor(host), name, choices, _clock.ToString());
        if (_number > 0) await this[host].TellAsync(Number);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.OfType<HistoryProcess>()) await host.DisposeAsync();
    }

    private string Number => FormattableString.Invariant($"{_number}");

    private async Task GoOnAsync()
    {
        _number++;
        foreach (var host in _hosts) await host!.TellAsync(Number);
    }

    // A machine that is busy with other things makes too few calls in the time that the faults take.
    private async Task GoOnUntilAllIsSeenAsync()
    {
        using var patience = new CancellationTokenSource(LongPatience);
        while (!RecordedHistory.Read(Lines).HasAllKinds)
        {
            patience.Token.ThrowIfCancellationRequested();
            await GoOnAsync();
            await _recorder.WaitAsync(_recorder.Count + MostLines, Patience);
        }
    }

    private async Task<HistoryReport> EndAsync(IKeyValueBackend observer)
    {
        using var patience = new CancellationTokenSource(LongPatience);
        foreach (var host in _hosts) host!.End();
        foreach (var host in _hosts) await host!.Quiet.WaitAsync(patience.Token);
        var ends = Task.WhenAll(_hosts.Select(host => host!.WaitAsync(patience.Token)));
        do
        {
            // Again and again: the watch of a host that came last may have begun after the first.
            await observer.CommitAsync(new KeyValueBatch(KeyValueOperation.Put(Watch.LastKey, default)), patience.Token);
        }
        while (await Task.WhenAny(ends, Task.Delay(Patience, patience.Token)) != ends);

        await ends;
        return await HistoryReport.CheckAsync(Lines, observer, _clock, HistoryStore.Settles);
    }
}
