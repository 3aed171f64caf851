using WasiCloud.Embedding.Engine.Execution;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// With whom the guests of a tenant share the processor: with each other, whatever their modules, so that neither another module nor more guests give a tenant
/// more of it. Held as long as one of its guests lives. Thread-safe.
/// </summary>
internal sealed class TenantShares
{
    private const int FirstSweep = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, WeakReference<ComputeShare>> _shares = new(StringComparer.Ordinal);
    private int _sweepAt = FirstSweep;

    /// <summary>How many there are, those included that nobody has noticed to be gone.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _shares.Count;
        }
    }

    /// <summary>Finds the share of a guest.</summary>
    /// <param name="tenant">Its tenant.</param>
    /// <returns>The tenant's; <see langword="null"/> without one: then it shares with the guests of its module.</returns>
    public ComputeShare? Of(string? tenant)
    {
        if (tenant is null) return null;
        lock (_lock)
        {
            if (_shares.TryGetValue(tenant, out var known))
            {
                if (known.TryGetTarget(out var share)) return share;
                known.SetTarget(share = new ComputeShare());
                return share;
            }

            if (_shares.Count >= _sweepAt) Sweep();
            var added = new ComputeShare();
            _shares.Add(tenant, new WeakReference<ComputeShare>(added));
            return added;
        }
    }

    private void Sweep()
    {
        foreach (var (tenant, share) in _shares)
        {
            if (!share.TryGetTarget(out _)) _shares.Remove(tenant);
        }

        _sweepAt = Math.Max(FirstSweep, 2 * _shares.Count);
    }
}
