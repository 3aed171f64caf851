using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>Carries out <c>fsync</c> and <c>fdatasync</c> where they hold nobody: a disk may take seconds for them, and a call of the kernel cannot be cut short. Thread-safe.</summary>
#pragma warning disable CA1001 // The semaphore has no handle as long as nobody asks for one.
internal sealed class HostFlushes
#pragma warning restore CA1001
{
    // A disk that hangs holds this many threads of one mount and no more; who comes later waits without one.
    private const int MaxThreads = 16;

    private readonly SemaphoreSlim _threads = new(MaxThreads, MaxThreads);

    /// <summary>Flushes. Who is cancelled does not wait for the kernel; the descriptor is kept open until that is done.</summary>
    /// <param name="descriptor">What to flush.</param>
    /// <param name="dataOnly">Whether times do not matter.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    public async ValueTask<Errno> RunAsync(HostDescriptor descriptor, bool dataOnly, CancellationToken cancellationToken)
    {
        await _threads.WaitAsync(cancellationToken).ConfigureAwait(false);
        var isHeld = false;
        descriptor.DangerousAddRef(ref isHeld);
        var flush = Task.Factory.StartNew(
            () => Flush(descriptor, dataOnly), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        return await flush.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private Errno Flush(HostDescriptor descriptor, bool dataOnly)
    {
        try
        {
            return LinuxErrno.FromResult(dataOnly ? Libc.FlushData(descriptor) : Libc.Flush(descriptor));
        }
        finally
        {
            descriptor.DangerousRelease();
            _threads.Release();
        }
    }
}
