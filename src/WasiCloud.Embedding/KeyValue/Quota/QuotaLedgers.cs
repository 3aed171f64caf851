namespace WasiCloud.Embedding.KeyValue.Quota;

/// <summary>The ledgers of a scope: one for each part of it that has a quota of its own. Thread-safe.</summary>
internal sealed class QuotaLedgers(IKeyValueBackend store, KeyValueQuota quota, TimeProvider timeProvider)
{
    // A ledger takes about 400 bytes. There may be any number of tenants over time; those of whom nobody commits just now are counted again when they come
    // back.
    private const int MaxIdle = 16_384;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (QuotaLedger Ledger, int Users)> _ledgers = new(StringComparer.Ordinal);

    /// <summary>Finds the ledger of a part. Until it is given back, there is no other of that part.</summary>
    public QuotaLedger Take(string prefix)
    {
        lock (_lock)
        {
            if (!_ledgers.TryGetValue(prefix, out var entry))
            {
                if (_ledgers.Count >= MaxIdle) RemoveIdle();
                entry.Ledger = new QuotaLedger(store, prefix, quota, timeProvider);
            }

            _ledgers[prefix] = (entry.Ledger, entry.Users + 1);
            return entry.Ledger;
        }
    }

    public void GiveBack(string prefix)
    {
        lock (_lock)
        {
            var (ledger, users) = _ledgers[prefix];
            _ledgers[prefix] = (ledger, users - 1);
        }
    }

    private void RemoveIdle()
    {
        foreach (var (prefix, entry) in _ledgers)
        {
            if (entry.Users == 0) _ledgers.Remove(prefix);
        }
    }
}
