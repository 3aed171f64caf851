namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// Says an errno where none can be returned: out of <see cref="IVirtualMount.AttachAsync"/>, out of a listing, or through a contract that knows nothing of
/// files, as a key-value backend's or a topic transport's. The guest gets it as if the call had returned it, and nothing is logged but the cause, if there
/// is one.
/// </summary>
/// <remarks>Out of a commit or a publication it says that nothing was committed or published. What is not known is another exception.</remarks>
#pragma warning disable CA1032 // Thrown with an errno, always.
public sealed class ErrnoException : IOException
#pragma warning restore CA1032
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">What the guest gets.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is <see cref="Errno.Success"/>, or no errno.</exception>
    public ErrnoException(Errno error)
        : this(error, cause: null)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="error">What the guest gets.</param>
    /// <param name="cause">What failed, for the log; <see langword="null"/> if nothing did, and this is an answer.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is <see cref="Errno.Success"/>, or no errno.</exception>
    public ErrnoException(Errno error, Exception? cause)
        : this(error, $"The call fails with {error}.", cause)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="error">What the guest gets.</param>
    /// <param name="message">Why, for whoever catches it; guests never see it.</param>
    /// <param name="cause">What failed, for the log; <see langword="null"/> if nothing did, and this is an answer.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is <see cref="Errno.Success"/>, or no errno.</exception>
    public ErrnoException(Errno error, string message, Exception? cause = null)
        : base(message, cause)
    {
        // Other numbers mean something within this library, and guests know none of them.
        if (error == Errno.Success || !error.IsDefined()) throw new ArgumentOutOfRangeException(nameof(error), error, "It must be an errno, and not success.");
        Error = error;
    }

    /// <summary>What the guest gets.</summary>
    public Errno Error { get; }
}
