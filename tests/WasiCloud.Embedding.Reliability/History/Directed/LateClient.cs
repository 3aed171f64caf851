namespace WasiCloud.Embedding.Reliability.History.Directed;

/// <summary>A client on a host of its own, a process, that does what it is told.</summary>
/// <param name="name">Its name.</param>
/// <param name="process">The host.</param>
/// <param name="network">What is between the host and the server.</param>
/// <param name="recorder">What all clients have told.</param>
/// <param name="patience">Ends what hangs.</param>
internal sealed class LateClient(string name, HistoryProcess process, TcpProxy network, HistoryRecorder recorder, CancellationToken patience)
{
    private readonly List<ProxiedConnection> _held = [];
    private int _calls;

    /// <summary>Tells it to make a call, and waits for its end.</summary>
    /// <returns>What it was told of it.</returns>
    public async Task<string> CallAsync(string call, int count = 1)
    {
        await process.TellAsync(call);
        return await EndAsync(count);
    }

    /// <summary>Lets it write until a write has succeeded: then it is connected, and has sent all that hosts send once.</summary>
    public async Task ConnectAsync(string key)
    {
        for (var attempt = 0; await CallAsync(FormattableString.Invariant($"write {key} {attempt}")) != "ok"; attempt++)
        {
            // A machine that is busy makes a commit wait too long.
        }
    }

    /// <summary>Tells it to make a call, and holds what it sends from the point on where it contains some text.</summary>
    public async Task HoldAsync(string call, string text)
    {
        var content = System.Text.Encoding.UTF8.GetBytes(text);
        network.ForEach(connection => connection.ToServer.HoldFrom(content));
        ProxiedConnection[] open = [.. network.Connections.Where(connection => !connection.IsOver)];
        await process.TellAsync(call);
        using var found = CancellationTokenSource.CreateLinkedTokenSource(patience);
        var waiting = open.Select(async connection =>
        {
            await connection.ToServer.WaitForHeldAsync(content, found.Token);
            return connection;
        }).ToArray();
        _held.Add(await await Task.WhenAny(waiting));
        await found.CancelAsync();
        foreach (var connection in open.Except(_held)) connection.ToServer.Release();
    }

    /// <summary>Resets the connections that are held, of which the server knows nothing; the host goes on with new ones.</summary>
    public void Cut()
    {
        foreach (var connection in _held) connection.CutClient();
    }

    /// <summary>Waits for the end of the call that it was told to make.</summary>
    public async Task<string> EndAsync(int count = 1)
    {
        _calls += count;
        await recorder.WaitForCallsAsync(name, _calls, patience);
        return recorder.Lines.Last(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ', 3)[2];
    }

    /// <summary>Lets new connections fail.</summary>
    public void Isolate() => network.Refuse();

    /// <summary>Kills its host.</summary>
    public Task KillAsync() => process.KillAsync();

    /// <summary>Lets the server have what was held, and waits until it has answered it all and closed the connections.</summary>
    public async Task DeliverAsync()
    {
        foreach (var connection in _held)
        {
            connection.CutClient();
            await connection.ToServer.DeliverAsync(patience);
            await connection.ToClient.WaitForEndAsync(patience);
        }
    }
}
