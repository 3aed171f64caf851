namespace WasiCloud.Embedding.FileSystem;

/// <summary>An errno from where none can be returned: out of a listing, or through a contract that does not know errnos. The guest gets it, and nothing is
/// logged but a cause.</summary>
#pragma warning disable CA1032 // Thrown with an errno, always.
internal sealed class ErrnoException(Errno error, Exception? cause = null) : IOException($"The call fails with {error}.", cause)
#pragma warning restore CA1032
{
    public Errno Error { get; } = error;
}
