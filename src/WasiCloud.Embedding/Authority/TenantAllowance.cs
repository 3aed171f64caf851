using System.Diagnostics;

namespace WasiCloud.Embedding.Authority;

/// <summary>What one guest may still use of what its tenant's guests may use together. Thread-safe, but for <see cref="End"/>, which comes last.</summary>
/// <param name="use">What they use.</param>
/// <param name="limits">The limits of the guest's policy.</param>
internal sealed class TenantAllowance(TenantUse use, GuestLimits limits)
{
    private readonly long _maxComputed = limits.TenantCpuTimePerSecond is { } time ? TicksOf(time) : long.MaxValue;
    private readonly long _maxLogged = limits.TenantLogBytesPerSecond ?? long.MaxValue;
    private readonly long _maxOpen = limits.TenantOpenBytes ?? long.MaxValue;

    // What the guest itself holds.
    private long _openBytes;
    private int _hasEnded;

    /// <summary>Whether the tenant's guests have computed for as long as they may within a second.</summary>
    public bool HasComputedEnough => _maxComputed != long.MaxValue && use.Computed.Sum >= _maxComputed;

    /// <summary>How long that is, in milliseconds.</summary>
    public long MaxComputedMilliseconds => limits.TenantCpuTimePerSecond is { } time ? (long)time.TotalMilliseconds : long.MaxValue;

    /// <summary>Whether they have written as much to the log as they may within a second.</summary>
    public bool HasLoggedEnough => _maxLogged != long.MaxValue && use.Logged.Sum >= _maxLogged;

    /// <summary>Whether a policy limits what a tenant's guests use together.</summary>
    /// <param name="limits">The limits of the policy, if there is one.</param>
    public static bool IsNeededFor(GuestLimits? limits) =>
        limits is not null && (limits.TenantCpuTimePerSecond is not null || limits.TenantLogBytesPerSecond is not null || limits.TenantOpenBytes is not null);

    /// <summary>The guest has computed.</summary>
    /// <param name="ticks">For how long, in ticks of <see cref="Stopwatch"/>.</param>
    public void Compute(long ticks)
    {
        if (_maxComputed != long.MaxValue) use.Computed.Add(ticks);
    }

    /// <summary>The guest has written to the log.</summary>
    public void Log(long characters)
    {
        if (_maxLogged != long.MaxValue) use.Logged.Add(characters);
    }

    /// <summary>The guest wants to hold more in the host's memory, or less if it is negative.</summary>
    /// <returns>Whether it may.</returns>
    public bool TryOpen(long bytes)
    {
        if (_maxOpen == long.MaxValue) return true;
        if (!use.TryOpen(bytes, _maxOpen)) return false;
        Interlocked.Add(ref _openBytes, bytes);
        return true;
    }

    /// <summary>The guest holds less.</summary>
    public void Close(long bytes)
    {
        // What comes after the end was given back then.
        if (_maxOpen == long.MaxValue || Volatile.Read(ref _hasEnded) != 0) return;
        Interlocked.Add(ref _openBytes, -bytes);
        use.Close(bytes);
    }

    /// <summary>The guest has ended: what it holds yet is given back.</summary>
    public void End()
    {
        Volatile.Write(ref _hasEnded, 1);
        use.Close(Interlocked.Exchange(ref _openBytes, 0));
    }

    private static long TicksOf(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
