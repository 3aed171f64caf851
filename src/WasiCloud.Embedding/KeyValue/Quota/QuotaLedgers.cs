namespace WasiCloud.Embedding.KeyValue.Quota;

/// <summary>The ledgers of a scope: one for each part of it that has a quota of its own. Thread-safe.</summary>
/// <remarks>A part that guests of two policies write to with two quotas has two, which learn of each other as of another host.</remarks>
internal sealed class QuotaLedgers(IKeyValueBackend store, TimeProvider timeProvider)
{
    // A ledger takes about 400 bytes. There may be any number of tenants over time; those of whom nobody commits just now are counted again when they come
    // back.
    private const int MaxIdle = 16_384;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Prefix, KeyValueQuota Quota), (QuotaLedger Ledger, int Users)> _ledgers = [];

    /// <summary>Finds the ledger of a part. Until it is given back, there is no other of that part.</summary>
    public QuotaLedger Take(string prefix, KeyValueQuota quota)
    {
        lock (_lock)
        {
            if (!_ledgers.TryGetValue((prefix, quota), out var entry))
            {
                if (_ledgers.Count >= MaxIdle) RemoveIdle();
                entry.Ledger = new QuotaLedger(store, prefix, quota, timeProvider);
            }

            _ledgers[(prefix, quota)] = (entry.Ledger, entry.Users + 1);
            return entry.Ledger;
        }
    }

    public void GiveBack(string prefix, KeyValueQuota quota)
    {
        lock (_lock)
        {
            var (ledger, users) = _ledgers[(prefix, quota)];
            _ledgers[(prefix, quota)] = (ledger, users - 1);
        }
    }

    private void RemoveIdle()
    {
        foreach (var (part, entry) in _ledgers)
        {
            if (entry.Users == 0) _ledgers.Remove(part);
        }
    }
}
