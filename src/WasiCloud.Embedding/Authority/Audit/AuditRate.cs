namespace WasiCloud.Embedding.Authority.Audit;

/// <summary>Counts the entries of each kind and module within a second, and those that are too many for the log. Thread-safe.</summary>
/// <param name="most">How many of one kind and module there may be within a second.</param>
/// <param name="timeProvider">The clock of the seconds.</param>
internal sealed class AuditRate(int most, TimeProvider timeProvider)
{
    // When there are so many, those are forgotten that are over.
    private const int MaxWindows = 4_096;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(GuestAuditKind Kind, string Module), Second> _seconds = [];

    // Of modules that were forgotten.
    private long _unsaid;

    /// <summary>Counts an entry.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="module">Its module.</param>
    /// <param name="leftOut">How many of them were left out since the last one that was not.</param>
    /// <returns>Whether the log is to have it.</returns>
    public bool TryTake(GuestAuditKind kind, string module, out long leftOut)
    {
        lock (_lock)
        {
            leftOut = 0;
            var now = timeProvider.GetTimestamp();
            var second = _seconds.GetValueOrDefault((kind, module));
            if (second.Count == 0 && second.LeftOut == 0) MakeRoom(now);
            if (second.Count == 0 || IsOver(second, now)) second = new Second(now, 0, second.LeftOut);
            if (second.Count < most)
            {
                leftOut = second.LeftOut + _unsaid;
                (second, _unsaid) = (new Second(second.Start, second.Count + 1, 0), 0);
            }
            else second = second with { LeftOut = second.LeftOut + 1 };

            _seconds[(kind, module)] = second;
            return second.LeftOut == 0;
        }
    }

    private bool IsOver(in Second second, long now) => timeProvider.GetElapsedTime(second.Start, now) >= Window;

    private void MakeRoom(long now)
    {
        if (_seconds.Count < MaxWindows) return;
        foreach (var (key, second) in _seconds)
        {
            if (!IsOver(second, now)) continue;
            _unsaid += second.LeftOut;
            _seconds.Remove(key);
        }
    }

    /// <param name="Start">When it began.</param>
    /// <param name="Count">The entries that the log has of it.</param>
    /// <param name="LeftOut">The entries that were left out since the last one that the log has.</param>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Second(long Start, int Count, long LeftOut);
}
