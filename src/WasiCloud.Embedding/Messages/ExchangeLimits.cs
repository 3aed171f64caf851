using System.IO.Pipelines;

namespace WasiCloud.Embedding.Messages;

/// <summary>The limits of one request and response, in bytes; <see cref="WasiCloudOptions"/> says what each is for.</summary>
internal sealed record ExchangeLimits(long MaxResponseBytes, int MaxResponseHeadBytes, int MaxJsonBodyBytes, int ResponseBufferBytes)
{
    // Small, so that 10,000 waiting guests that wrote a few bytes hold 40 MB; large writes get segments of their own size (PipeSink).
    private const int MinimumSegmentBytes = 4 << 10;

    /// <summary>How the pipe is made that a response's body goes through.</summary>
    public PipeOptions ResponsePipe { get; } = new(
        pauseWriterThreshold: ResponseBufferBytes,
        resumeWriterThreshold: ResponseBufferBytes / 2,
        minimumSegmentSize: MinimumSegmentBytes,
        useSynchronizationContext: false);
}
