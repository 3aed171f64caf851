using System.Diagnostics;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;
using WasiCloud.Embedding.Pipes;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Streams;

/// <summary>Descriptors 0, 1 and 2 of one guest after another.</summary>
internal sealed class StandardStreams
{
    // What one write may hand to an application's own writer before it waits.
    private const int MaxWriteBytes = 64 << 10;

    // Where st_dev says that they belong to no mount.
    private static readonly Mount NoMount = new("/dev", device: 0);

    private readonly ILogger _logger;
    private readonly LogAllowance _allowance;
    private readonly TailBuffer _errorTail = new();
    private readonly Descriptor _emptyInput = Create(new EmptyFile(), Rights.FdRead, "/dev/stdin");
    private readonly LogHandle _outputLog;
    private readonly LogHandle _errorLog;
    private readonly Descriptor _loggedOutput;
    private readonly Descriptor _loggedError;
    private InvocationContext? _invocation;
    private LastOutput? _capturedError;
    private string _module = string.Empty;

    /// <summary>Makes the streams of guests that write to one log.</summary>
    /// <param name="logger">The log.</param>
    /// <param name="limits">What one guest may write there.</param>
    /// <param name="timeProvider">The clock of the limits.</param>
    public StandardStreams(ILogger logger, LogLimits limits, TimeProvider timeProvider)
    {
        _logger = logger;
        _allowance = new LogAllowance(limits, timeProvider, LogOmission);
        _outputLog = new LogHandle(LogOutput, _allowance, tail: null);
        _errorLog = new LogHandle(LogError, _allowance, _errorTail);
        _loggedOutput = Create(new DescriptorFile(_outputLog), Rights.FdWrite, "/dev/stdout");
        _loggedError = Create(new DescriptorFile(_errorLog), Rights.FdWrite, "/dev/stderr");
    }

    /// <summary>
    /// The last of what the guest wrote to standard error, without the secrets that it has read, its control and bidirectional characters escaped, but for the
    /// ends of lines and tabs.
    /// </summary>
    public string ErrorTail => LogText.OfLines(_errorTail.ToString(_invocation?.Mask));

    /// <summary>Adds the three descriptors to an empty table.</summary>
    /// <param name="descriptors">The table.</param>
    /// <param name="request">Says what they are connected to, if not to the log.</param>
    /// <param name="invocation">The guest, for the log.</param>
    /// <param name="module">Its module, for the log.</param>
    /// <param name="hasEnd">Whether its time is limited.</param>
    /// <param name="delivered">Standard input, if the request is there, and output, if the response goes there.</param>
    public void AddTo(
        DescriptorTable descriptors, InvocationRequest request, InvocationContext invocation, string module, bool hasEnd,
        in GuestStart delivered)
    {
        (_invocation, _module, _capturedError) = (invocation, module, request.StandardError as LastOutput);
        (_outputLog.Guest, _errorLog.Guest) = (invocation, invocation);
        _allowance.Begin(hasEnd, invocation.PolicyLimits?.LogBytes, invocation.PolicyLimits?.LogLines, invocation.TenantAllowance);

        // Lines that nobody wants need not be found.
        _outputLog.IsWanted = _logger.IsEnabled(LogLevel.Information);
        _errorLog.IsWanted = _logger.IsEnabled(LogLevel.Warning);
        descriptors.Add(delivered.StandardInput is { } body ? Create(body, Rights.FdRead, "/dev/stdin") : request.StandardInput is { } input
            ? Create(new DescriptorFile(new PipeReaderHandle(new PipeWindow(BytesReader.Begin(input)))), Rights.FdRead, "/dev/stdin")
            : _emptyInput);
        descriptors.Add(delivered.StandardOutput is { } response ? Create(response, Rights.FdWrite, "/dev/stdout") : request.StandardOutput is { } output
            ? Create(new DescriptorFile(new PipeWriterHandle(new PipeSink(output, MaxWriteBytes, isOwn: false))), Rights.FdWrite, "/dev/stdout")
            : _loggedOutput);
        descriptors.Add(request.StandardError is { } error
            ? Create(new DescriptorFile(new TailedWriterHandle(new PipeSink(error, MaxWriteBytes, isOwn: false), _errorTail)), Rights.FdWrite, "/dev/stderr")
            : _loggedError);
    }

    /// <summary>The guest has ended and its descriptors are closed: its last words are told to who shows them.</summary>
    /// <param name="failure">How it failed, if it did.</param>
    public void ShowTail(GuestException? failure)
    {
        if (failure is not null) failure.StandardError = ErrorTail;
        if (_capturedError is not null && _invocation?.Mask is not null) _capturedError.ShownText = ErrorTail;
    }

    /// <summary>The guest has ended and its descriptors are closed: the log tells what was left out.</summary>
    public void End() => _allowance.End();

    /// <summary>Ends with a guest, whose descriptors are closed: nothing of it is left for the next.</summary>
    public void Reset()
    {
        (_invocation, _capturedError) = (null, null);
        _errorTail.Reset();
        _outputLog.Reset();
        _errorLog.Reset();
        Reset(_emptyInput, Rights.FdRead);
        Reset(_loggedOutput, Rights.FdWrite);
        Reset(_loggedError, Rights.FdWrite);
    }

    private static Descriptor Create(VirtualFile file, Rights transfer, string path)
    {
        var handle = CompletedTask.Take(file.OpenAsync(new FileOpenOptions(FileAccess.ReadWrite), CancellationToken.None)).Value;
        return new Descriptor(new NodeReference(file, NoMount, inode: 0, isOwned: false), handle, path, relativePath: string.Empty)
        {
            RightsBase = RightsFor(transfer),
        };
    }

    private static void Reset(Descriptor descriptor, Rights transfer)
    {
        descriptor.Reset();
        descriptor.RightsBase = RightsFor(transfer);
    }

    // The rights keep seek and tell, by which C libraries know that a character device is not a terminal.
    private static Rights RightsFor(Rights transfer) => (Rights.File & ~(Rights.FdRead | Rights.FdWrite)) | transfer;

    private void LogOutput(string line)
    {
        Debug.Assert(_invocation is not null, "Only a guest writes.");
        Log.StandardOutput(_logger, _invocation.Id, _module, line);
    }

    private void LogError(string line)
    {
        Debug.Assert(_invocation is not null, "Only a guest writes.");
        Log.StandardError(_logger, _invocation.Id, _module, line);
    }

    private void LogOmission(long lines, long bytes)
    {
        Debug.Assert(_invocation is not null, "Only a guest writes.");
        Log.OutputOmitted(_logger, _invocation.Id, _module, lines, bytes);
    }
}
