using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>Gives a key another time to live by putting the value that it has once more.</summary>
internal static class TimeToLive
{
    /// <summary>Sets it.</summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="key">The key.</param>
    /// <param name="timeToLive">How long from now; <see langword="null"/> for ever.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>
    /// <see cref="Errno.NoEnt"/> without such a key, <see cref="Errno.FBig"/> or <see cref="Errno.NoMem"/> if its value is more than the guest may hold,
    /// <see cref="Errno.Inval"/> if no clock gets that far, <see cref="Errno.Again"/> if others change it all the time for <see cref="RetryPauses.Patience"/>.
    /// </returns>
    public static ValueTask<Errno> SetAsync(KeyValueAttachment attachment, string key, TimeSpan? timeToLive, CancellationToken cancellationToken)
    {
        var now = attachment.TimeProvider.GetUtcNow();
        if (timeToLive > DateTimeOffset.MaxValue - now) return new(Errno.Inval);
        return Contention.RepeatInTurnAsync(
            attachment,
            key,
            (attachment, key, Expires: now + timeToLive),
            static (set, token) => TryAsync(set.attachment, set.key, set.Expires, token),
            cancellationToken);
    }

    private static async ValueTask<Errno> TryAsync(KeyValueAttachment attachment, string key, DateTimeOffset? expires, CancellationToken cancellationToken)
    {
        var entry = await attachment.Backend.GetAsync(key, attachment.Options.MaxValueBytes, cancellationToken).ConfigureAwait(false);
        if (entry is null) return Errno.NoEnt;
        if (entry.Value is not { } value) return Errno.FBig;
        using var held = new HeldBytes(attachment);
        if (!held.TryAdd(value.Length)) return Errno.NoMem;
        var put = KeyValueOperation.Put(key, value, KeyValueCondition.AtRevision(entry.Revision), expires);
        return (await attachment.Backend.CommitAsync(new(put), cancellationToken).ConfigureAwait(false)).Succeeded ? Errno.Success : Errno.Again;
    }
}
