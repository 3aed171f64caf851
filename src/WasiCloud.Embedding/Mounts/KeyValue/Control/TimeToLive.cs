using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Mounts.KeyValue.Control;

/// <summary>Gives a key another time to live by putting the value that it has once more.</summary>
internal static class TimeToLive
{
    // One of the competing commits succeeds in every round, so this many rounds mean this many competitors at least.
    private const int MaxAttempts = 100;

    /// <summary>Sets it.</summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="key">The key.</param>
    /// <param name="timeToLive">How long from now; <see langword="null"/> for ever.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>
    /// <see cref="Errno.NoEnt"/> without such a key, <see cref="Errno.FBig"/> or <see cref="Errno.NoMem"/> if its value is more than the guest may hold,
    /// <see cref="Errno.Inval"/> if no clock gets that far, <see cref="Errno.Again"/> if others change it all the time.
    /// </returns>
    public static async ValueTask<Errno> SetAsync(KeyValueAttachment attachment, string key, TimeSpan? timeToLive, CancellationToken cancellationToken)
    {
        var now = attachment.TimeProvider.GetUtcNow();
        if (timeToLive > DateTimeOffset.MaxValue - now) return Errno.Inval;
        var expires = now + timeToLive;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var entry = await attachment.Backend.GetAsync(key, attachment.Options.MaxValueBytes, cancellationToken).ConfigureAwait(false);
            if (entry is null) return Errno.NoEnt;
            if (entry.Value is not { } value) return Errno.FBig;
            if (!attachment.TryReserve(value.Length)) return Errno.NoMem;
            try
            {
                var put = KeyValueOperation.Put(key, value, KeyValueCondition.AtRevision(entry.Revision), expires);
                if ((await attachment.Backend.CommitAsync(new(put), cancellationToken).ConfigureAwait(false)).Succeeded) return Errno.Success;
            }
            finally
            {
                attachment.Release(value.Length);
            }
        }

        return Errno.Again;
    }
}
