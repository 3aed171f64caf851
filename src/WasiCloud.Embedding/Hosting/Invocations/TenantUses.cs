using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// What the guests of tenants use together. Of a tenant whose guests have used nothing within a second and hold nothing, nothing is held but by the guests that
/// live. Thread-safe.
/// </summary>
/// <param name="timeProvider">The clock.</param>
internal sealed class TenantUses(TimeProvider timeProvider)
{
    private const int FirstSweep = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _uses = new(StringComparer.Ordinal);
    private int _sweepAt = FirstSweep;

    /// <summary>How many tenants are held.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _uses.Count;
        }
    }

    /// <summary>Finds what a tenant's guests use.</summary>
    public TenantUse Of(string tenant)
    {
        lock (_lock)
        {
            if (_uses.TryGetValue(tenant, out var entry)) return entry.Hold() ?? Add(tenant);
            if (_uses.Count >= _sweepAt) Sweep();
            return Add(tenant);
        }
    }

    private TenantUse Add(string tenant)
    {
        var use = new TenantUse(timeProvider);
        _uses[tenant] = new Entry(use);
        return use;
    }

    private void Sweep()
    {
        foreach (var (tenant, entry) in _uses)
        {
            if (entry.TryForget()) _uses.Remove(tenant);
        }

        _sweepAt = Math.Max(FirstSweep, 2 * _uses.Count);
    }

    // Held as long as it says something; then for as long as a guest that lives has it, so that there are not two of one tenant.
    private sealed class Entry(TenantUse use)
    {
        private readonly WeakReference<TenantUse> _weak = new(use);
        private TenantUse? _held = use;

        public TenantUse? Hold()
        {
            if (_held is null && _weak.TryGetTarget(out var living)) _held = living;
            return _held;
        }

        public bool TryForget()
        {
            if (_held is { IsNothing: true }) _held = null;
            return _held is null && !_weak.TryGetTarget(out _);
        }
    }
}
