namespace WasiCloud.Embedding.Reliability.History;

/// <summary>Keeps the lines that clients tell, of all hosts. Thread-safe.</summary>
internal sealed class HistoryRecorder
{
    private readonly Lock _lock = new();
    private readonly Signal _signal = new();
    private readonly List<string> _lines = [];

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _lines.Count;
        }
    }

    /// <summary>All until now.</summary>
    public string[] Lines
    {
        get
        {
            lock (_lock) return [.. _lines];
        }
    }

    /// <summary>Keeps one.</summary>
    public void Add(string line)
    {
        lock (_lock) _lines.Add(line);
        _signal.Raise();
    }

    /// <summary>Waits until there are so many, or for as long as it takes that nobody tells any.</summary>
    /// <param name="count">How many.</param>
    /// <param name="patience">For how long at most: a store that stands still has no history.</param>
    public async Task WaitAsync(int count, TimeSpan patience)
    {
        using var end = new CancellationTokenSource(patience);
        await _signal.WaitAsync(() => Count >= count, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Waits until a client has ended so many calls.</summary>
    public Task WaitForCallsAsync(string client, int count, CancellationToken cancellationToken)
    {
        bool IsEnd(string line) => line.Split(' ', 4) is [var name, _, not "invoke", ..] && name == client;
        return _signal.WaitAsync(() => Lines.Count(IsEnd) >= count, cancellationToken);
    }
}
