using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>Closes what a guest has left open.</summary>
internal static class DescriptorClosing
{
    /// <summary>Closes all descriptors, whatever becomes of any.</summary>
    /// <param name="descriptors">The guest's.</param>
    /// <param name="reason">Whether what was written is committed.</param>
    /// <param name="log">Is told what a mount throws, unless that is only that it was cancelled.</param>
    /// <param name="cancellationToken">Ends the commits.</param>
    /// <returns>The first error, and the path of what failed.</returns>
    public static async ValueTask<(Errno Error, string Path)> CloseAsync(
        DescriptorTable descriptors, CloseReason reason, InvocationLog log, CancellationToken cancellationToken)
    {
        try
        {
            var (error, path) = await descriptors.CloseAllAsync(reason, cancellationToken).ConfigureAwait(false);
            return (error, path ?? string.Empty);
        }
        catch (Exception exception)
        {
            if (reason == CloseReason.Abandoned || !cancellationToken.IsCancellationRequested) log.CloseFailed(exception);
            return (Errno.IO, (exception as DescriptorCloseException)?.Path ?? string.Empty);
        }
    }
}
