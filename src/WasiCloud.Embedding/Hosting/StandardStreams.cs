using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Messages;
using WasiCloud.Embedding.Mounts.Streams;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Descriptors 0, 1 and 2 of a guest.</summary>
internal sealed class StandardStreams(InvocationRequest request, ILogger logger, string invocation, string module)
{
    // Where st_dev says that they belong to no mount.
    private static readonly Mount NoMount = new("/dev", device: 0);

    // What one write may hand to an application's own writer before it waits.
    private const int MaxWriteBytes = 64 << 10;

    private readonly TailBuffer _errorTail = new();

    /// <summary>The last of what the guest wrote to standard error.</summary>
    public string ErrorTail => _errorTail.ToString();

    /// <summary>Adds the three descriptors to an empty table.</summary>
    public void AddTo(DescriptorTable descriptors)
    {
        Add(descriptors, request.StandardInput is { } input ? new DescriptorFile(new PipeReaderHandle(new PipeWindow(input))) : new EmptyFile(), Rights.FdRead, "/dev/stdin");
        Add(descriptors, new DescriptorFile(OpenOutput()), Rights.FdWrite, "/dev/stdout");
        Add(descriptors, new DescriptorFile(OpenError()), Rights.FdWrite, "/dev/stderr");
    }

    private FileHandle OpenOutput() => request.StandardOutput is { } output
        ? new PipeWriterHandle(new PipeSink(output, MaxWriteBytes, isOwn: false))
        : new LogHandle(OutputLines(), tail: null);

    private FileHandle OpenError() => request.StandardError is { } error
        ? new TailedWriterHandle(new PipeSink(error, MaxWriteBytes, isOwn: false), _errorTail)
        : new LogHandle(ErrorLines(), _errorTail);

    // Lines that nobody wants need not be found.
    private Action<string>? OutputLines() =>
        logger.IsEnabled(LogLevel.Information) ? line => Log.StandardOutput(logger, invocation, module, line) : null;

    private Action<string>? ErrorLines() =>
        logger.IsEnabled(LogLevel.Warning) ? line => Log.StandardError(logger, invocation, module, line) : null;

    // The rights keep seek and tell, by which C libraries know that a character device is not a terminal.
    private static void Add(DescriptorTable descriptors, VirtualFile file, Rights transfer, string path)
    {
        var handle = CompletedTask.Take(file.OpenAsync(new FileOpenOptions(FileAccess.ReadWrite), CancellationToken.None)).Value;
        descriptors.Add(new Descriptor(new NodeReference(file, NoMount, inode: 0, isOwned: false), handle, path, relativePath: string.Empty)
        {
            RightsBase = (Rights.File & ~(Rights.FdRead | Rights.FdWrite)) | transfer,
        });
    }
}
