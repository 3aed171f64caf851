namespace WasiCloud.Embedding.KeyValue;

/// <summary>A store could not do its work. Guests get <c>EIO</c> for it, as for any exception of a backend, or <c>ENOSPC</c> if the store is full.</summary>
public class KeyValueStoreException : IOException
{
    /// <summary>Creates the exception.</summary>
    public KeyValueStoreException()
        : this("The key-value store failed.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    public KeyValueStoreException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="innerException">The cause.</param>
    public KeyValueStoreException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// Whether it failed because the store has no room for what was to be committed, and nothing of that happened. A store should still do what frees room
    /// then: deletions, and what replaces values by no longer ones.
    /// </summary>
    public bool IsFull { get; init; }
}
