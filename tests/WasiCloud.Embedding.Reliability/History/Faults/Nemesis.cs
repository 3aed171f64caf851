namespace WasiCloud.Embedding.Reliability.History.Faults;

/// <summary>Lets faults happen, and ends them.</summary>
/// <param name="target">What they happen to.</param>
/// <param name="random">Chooses.</param>
/// <param name="longestMilliseconds">How long a fault lasts at most; at most <see cref="LongestMilliseconds"/>.</param>
internal sealed class Nemesis(IFaultTarget target, Random random, int longestMilliseconds)
{
    /// <summary>Less than a lock's lease. Only <see cref="FaultKind.PauseHostForLong"/> lasts longer.</summary>
    public const int LongestMilliseconds = 1_500;

    private const int Hosts = 2;
    private const int ShortestMilliseconds = 20;

    /// <summary>Those that can happen to a store. A file has no network.</summary>
    public static IReadOnlyList<FaultKind> KindsOf(string store) => store switch
    {
        "sqlite" => [FaultKind.Kill, FaultKind.PauseHost, FaultKind.PauseHostForLong],
        "redis" => [.. Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.PauseConnection)],
        _ => Enum.GetValues<FaultKind>(),
    };

    /// <summary>Lets one happen and ends it.</summary>
    public async Task StrikeAsync(FaultKind kind)
    {
        var host = random.Next(Hosts);
        switch (kind)
        {
            case FaultKind.Kill:
                await KillAsync(host);
                break;
            case FaultKind.PauseHost:
                target[host].Pause();
                await PassAsync();
                target[host].Resume();
                break;
            case FaultKind.PauseHostForLong:
                target[host].Pause();
                await Task.Delay(HistoryHost.Lease);
                await PassAsync();
                target[host].Resume();
                break;
            case FaultKind.PauseServer:
                await target.Store.PauseServer!();
                await PassAsync();
                await target.Store.ResumeServer!();
                break;
            case FaultKind.PauseConnection:
                await PauseConnectionAsync();
                break;
            default:
                await StrikeAsync(kind, host, target.Store.Proxies[host]);
                break;
        }
    }

    private async Task StrikeAsync(FaultKind kind, int host, TcpProxy network)
    {
        switch (kind)
        {
            case FaultKind.Delay:
                network.Prepare(connection => connection.Hold());
                network.ForEach(connection => connection.Hold());
                await PassAsync();
                network.Prepare(null);
                network.ForEach(connection => connection.Release());
                break;
            case FaultKind.DelayOne:
                var delayed = ChooseOne(network);
                delayed?.Hold();
                await PassAsync();
                delayed?.Release();
                break;
            case FaultKind.Drop:
                network.ForEach(connection => connection.Drop());
                break;
            case FaultKind.Refuse:
                network.Refuse();
                network.ForEach(connection => connection.Drop());
                await PassAsync();
                network.Accept();
                break;
            case FaultKind.Silence:
                // What comes after something that is lost makes no sense to anybody, so this connection never passes anything again.
                var silent = ChooseOne(network);
                silent?.ToServer.Lose();
                silent?.ToClient.Lose();
                await PassAsync();
                silent?.Drop();
                break;
            default:
                await DeliverLateAsync(kind, host, network);
                break;
        }
    }

    private async Task DeliverLateAsync(FaultKind kind, int host, TcpProxy network)
    {
        ProxiedConnection[] late = [.. network.Connections.Where(connection => !connection.IsOver)];
        foreach (var connection in late) connection.ToServer.Hold();
        await PassAsync();
        if (kind == FaultKind.KillAndDeliverLate) await KillAsync(host);
        else foreach (var connection in late) connection.CutClient();
        await PassAsync();
        foreach (var connection in late) connection.ToServer.Release();
    }

    private async Task PauseConnectionAsync()
    {
        var processes = await target.Store.FindConnectionsAsync!();
        if (processes.Count == 0) return;
        var process = processes[random.Next(processes.Count)];
        ProcessSignal.Pause(process);
        await PassAsync();
        ProcessSignal.Resume(process);
    }

    private async Task KillAsync(int host)
    {
        await target[host].KillAsync();
        await target.ReplaceAsync(host);
    }

    private ProxiedConnection? ChooseOne(TcpProxy network)
    {
        ProxiedConnection[] open = [.. network.Connections.Where(connection => !connection.IsOver)];
        return open.Length > 0 ? open[random.Next(open.Length)] : null;
    }

    // A fault takes its time: that is what it is.
    private Task PassAsync() => Task.Delay(random.Next(ShortestMilliseconds, longestMilliseconds));
}
