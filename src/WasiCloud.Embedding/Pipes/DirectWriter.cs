using System.IO.Pipelines;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Pipes;

/// <summary>
/// A writer that has written when it is flushed, and tells the guest what the system said: a pipe writer knows no other failure than a reader that is gone.
/// </summary>
internal abstract class DirectWriter : PipeWriter
{
    /// <summary>Writes what was taken since the last time, and forgets it. Blocks.</summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end: the rest is not written then.</param>
    /// <returns>How many bytes were written, or why none were.</returns>
    /// <exception cref="OperationCanceledException">The guest is to end.</exception>
    public abstract FsResult<int> Write(CancellationToken cancellationToken);
}
