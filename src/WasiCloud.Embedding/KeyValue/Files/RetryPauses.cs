using System.Security.Cryptography;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>The pauses between attempts at what others get in the way of. Not thread-safe.</summary>
internal sealed class RetryPauses(TimeProvider timeProvider)
{
    /// <summary>For how long something is tried.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // The first retries come at once; then those that compete come apart by pausing for different times.
    private const int Immediate = 3;
    private const int LongestMilliseconds = 16;

    private readonly long _started = timeProvider.GetTimestamp();
    private int _count;

    /// <summary>Waits before the next attempt.</summary>
    /// <returns>Whether there is one.</returns>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        if (timeProvider.GetElapsedTime(_started) >= Patience) return false;
        if (_count++ < Immediate) return true;
        var longest = Math.Min(1 << Math.Min(_count - Immediate, 8), LongestMilliseconds);
        await Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(longest) + 1), timeProvider, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
