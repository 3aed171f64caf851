using System.IO.Pipelines;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Pipes;

/// <summary>
/// A writer for a guest's standard output or error that has written when it is flushed, and tells the guest what the system said: a pipe writer knows no other
/// failure than a reader that is gone. Used by one guest at a time.
/// </summary>
public abstract class DirectWriter : PipeWriter
{
    /// <summary>Writes what was taken since the last time, and forgets it. Blocks the guest's thread.</summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end: the rest is not written then.</param>
    /// <returns>How many bytes were written, or why none were: <see cref="Errno.Pipe"/> if nobody reads any more.</returns>
    /// <exception cref="OperationCanceledException">The guest is to end.</exception>
    public abstract FsResult<int> Write(CancellationToken cancellationToken);
}
