namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// A synchronous listing whose cookies stay valid, for it, while entries come and go. Small cookies are better: a 32-bit guest's <c>telldir</c> returns a
/// <c>long</c>.
/// </summary>
internal abstract class DirectoryCursor : IDisposable
{
    /// <summary>Reads the entry that follows a position.</summary>
    /// <param name="cookie">0 for the start, or the <paramref name="next"/> of an earlier call, in any order.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="next">The position behind it: not 0, at most <c>2^64 - 3</c>.</param>
    /// <returns><see cref="Errno.Success"/>; <see cref="Errno.NoEnt"/> at the end; otherwise why the directory cannot be read.</returns>
    public abstract Errno Read(ulong cookie, out DirectoryEntry entry, out ulong next);

    /// <summary>Where a position is found by counting up to it: counts on, by so many entries.</summary>
    /// <returns>Whether <see cref="Read"/> need not count far.</returns>
    public virtual bool TryApproach(ulong cookie, int most) => true;

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
