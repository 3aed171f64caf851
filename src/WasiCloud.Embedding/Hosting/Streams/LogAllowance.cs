using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding.Hosting.Streams;

/// <summary>
/// Counts what one guest writes to the log, and what of it is left out. A guest that has an end is told on once, at its end; one that lives on is told on
/// whenever a second ends in which something was left out. Used by one guest, which makes one call at a time.
/// </summary>
/// <param name="limits">What it may write.</param>
/// <param name="timeProvider">The clock of the seconds.</param>
/// <param name="report">Gets the numbers of lines and bytes that were left out. Not called on the guest's stack.</param>
internal sealed class LogAllowance(LogLimits limits, TimeProvider timeProvider, Action<long, long> report)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private LogLimits _limits;
    private TenantAllowance? _tenant;
    private bool _hasEnd;
    private long _lines;
    private long _bytes;
    private long _windowStart;
    private long _windowLines;
    private long _windowBytes;
    private long _omittedLines;
    private long _omittedBytes;

    /// <summary>Whether no line would be let through now.</summary>
    public bool IsExhausted => IsSpent || (IsWindowSpent && !IsWindowOver) || IsTenantSpent;

    // For good.
    private bool IsSpent => _hasEnd && (_lines >= _limits.MaxLines || _bytes >= _limits.MaxBytes);

    private bool IsTenantSpent => _tenant is { HasLoggedEnough: true };

    private bool IsWindowSpent => _windowLines >= _limits.MaxLinesPerSecond || _windowBytes >= _limits.MaxBytesPerSecond;

    private bool IsWindowOver => timeProvider.GetElapsedTime(_windowStart) >= Window;

    /// <summary>A guest starts.</summary>
    /// <param name="hasEnd">Whether its time is limited, so that the limits of the whole apply.</param>
    /// <param name="maxBytes">Bytes that it may write, if that is less than others may; if it lives long, within a second.</param>
    /// <param name="maxLines">Lines, as <paramref name="maxBytes"/>.</param>
    /// <param name="tenant">What its tenant's guests may write together, if that is limited.</param>
    public void Begin(bool hasEnd, long? maxBytes = null, long? maxLines = null, TenantAllowance? tenant = null)
    {
        _tenant = tenant;
        _limits = new LogLimits(
            Math.Min(limits.MaxBytes, maxBytes ?? long.MaxValue), Math.Min(limits.MaxLines, maxLines ?? long.MaxValue),
            Math.Min(limits.MaxBytesPerSecond, maxBytes ?? long.MaxValue), Math.Min(limits.MaxLinesPerSecond, maxLines ?? long.MaxValue));
        _hasEnd = hasEnd;
        _lines = _bytes = _windowLines = _windowBytes = 0;
        _windowStart = timeProvider.GetTimestamp();
    }

    /// <summary>Whether a line may be written, which is then charged by <see cref="Charge"/>.</summary>
    public bool TryBeginLine()
    {
        if (IsExhausted) return false;
        if (!_hasEnd) Report();
        if (!IsWindowSpent) return true;
        _windowLines = _windowBytes = 0;
        _windowStart = timeProvider.GetTimestamp();
        return true;
    }

    /// <summary>A line was written. The last one can cross the limit of bytes, by less than its length.</summary>
    /// <param name="characters">Its length as it was logged.</param>
    public void Charge(int characters)
    {
        _lines++;
        _bytes += characters;
        _windowLines++;
        _windowBytes += characters;
        _tenant?.Log(characters);
    }

    /// <summary>Something was left out.</summary>
    public void LeaveOut(long lines, long bytes)
    {
        if ((_omittedLines | _omittedBytes) == 0) GuestLimitMeter.Count(Spent);
        _omittedLines += lines;
        _omittedBytes += bytes;
    }

    /// <summary>The guest has ended.</summary>
    public void End()
    {
        Report();
        _tenant = null;
    }

    private GuestLimit Spent
    {
        get
        {
            if ((_hasEnd && _lines >= _limits.MaxLines) || _windowLines >= _limits.MaxLinesPerSecond) return GuestLimit.LogLines;
            return IsSpent || IsWindowSpent || !IsTenantSpent ? GuestLimit.LogBytes : GuestLimit.TenantLogBytes;
        }
    }

    private void Report()
    {
        if ((_omittedLines | _omittedBytes) == 0) return;
        var (lines, bytes) = (_omittedLines, _omittedBytes);
        _omittedLines = _omittedBytes = 0;
        report(lines, bytes);
    }
}
