namespace WasiCloud.Embedding.Reliability.History.Faults;

/// <summary>What faults happen to.</summary>
internal interface IFaultTarget
{
    /// <summary>The store, with the network of each host.</summary>
    HistoryStore Store { get; }

    /// <summary>A host.</summary>
    HistoryProcess this[int host] { get; }

    /// <summary>Starts another host in place of one that was killed.</summary>
    Task ReplaceAsync(int host);
}
