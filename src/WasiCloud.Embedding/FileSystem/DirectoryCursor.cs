namespace WasiCloud.Embedding.FileSystem;

/// <summary>A synchronous listing whose cookies stay valid, for it, while entries come and go. Small cookies are better: a 32-bit guest's <c>telldir</c> returns a <c>long</c>.</summary>
internal abstract class DirectoryCursor : IDisposable
{
    /// <summary>Reads the entry that follows a position.</summary>
    /// <param name="cookie">0 for the start, or the <paramref name="next"/> of an earlier call, in any order.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="next">The position behind it: not 0, at most <c>2^64 - 3</c>.</param>
    /// <returns><see cref="Errno.Success"/>; <see cref="Errno.NoEnt"/> at the end; otherwise why the directory cannot be read.</returns>
    public abstract Errno Read(ulong cookie, out DirectoryEntry entry, out ulong next);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
