namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// How often tenants may begin something: so many times at once, and from then on as often as their limit says, evenly (the generic cell rate algorithm of
/// ATM, ITU-T I.371). Of a tenant that has not used its limit up nothing is held. Thread-safe.
/// </summary>
/// <param name="timeProvider">The clock.</param>
internal sealed class TenantRates(TimeProvider timeProvider)
{
    private const int FirstSweep = 256;

    // What may begin at once is what may begin within this time.
    private static readonly TimeSpan s_burst = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    // When each will have paid for what it began, in ticks of the clock.
    private readonly Dictionary<string, long> _paid = new(StringComparer.Ordinal);
    private int _sweepAt = FirstSweep;

    /// <summary>How many tenants are held.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _paid.Count;
        }
    }

    /// <summary>Counts what a tenant begins.</summary>
    /// <param name="tenant">The tenant; <see langword="null"/> has no limit.</param>
    /// <param name="perSecond">How often; <see langword="null"/> for no limit.</param>
    /// <returns>Why it may not, or <see langword="null"/>.</returns>
    public GuestLimitException? Refuse(string? tenant, long? perSecond)
    {
        if (tenant is null || perSecond is not { } rate) return null;
        var burst = (long)(s_burst.TotalSeconds * timeProvider.TimestampFrequency);
        var price = Math.Max(1, burst / rate);
        lock (_lock)
        {
            var now = timeProvider.GetTimestamp();
            var paid = Math.Max(_paid.GetValueOrDefault(tenant, now), now);
            if (paid + price - now > burst) return new GuestLimitException(GuestLimit.TenantCalls, rate);
            if (_paid.Count >= _sweepAt) Sweep(now);
            _paid[tenant] = paid + price;
            return null;
        }
    }

    private void Sweep(long now)
    {
        foreach (var (tenant, paid) in _paid)
        {
            if (paid <= now) _paid.Remove(tenant);
        }

        _sweepAt = Math.Max(FirstSweep, 2 * _paid.Count);
    }
}
