using System.IO.Pipelines;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>The request's body, which one of the files that show it can claim.</summary>
internal sealed class RequestBody
{
    /// <summary>A body that was read to its end and is not longer than this can be read again.</summary>
    public const int HeldBytes = 64 << 10;

    /// <summary>No body. Nothing can be claimed of it, so all requests share it.</summary>
    public static readonly RequestBody None = new(reader: null, length: null);

    private readonly PipeWindow? _window;
    private bool _isClaimed;

    public RequestBody(PipeReader? reader, long? length)
    {
        if (length < 0) throw new ArgumentOutOfRangeException(nameof(length), length, "The content length is negative.");
        if (reader is null && length > 0) throw new ArgumentException("There is a content length but no body.", nameof(length));
        Length = length;
        if (reader is not null && length != 0) _window = new PipeWindow(reader, length, HeldBytes);
    }

    /// <summary>The length if it is known before the body was read.</summary>
    public long? Length { get; }

    /// <summary>Whether there is a body whose length is not known before it was read. HTTP/1.1 says its end with chunks (RFC 9112 section 6.3).</summary>
    public bool IsChunked => _window is not null && Length is null;

    /// <summary>Bytes that the guest consumed.</summary>
    public long ConsumedBytes => _window?.Position ?? 0;

    /// <summary>The body if it is known as a whole: there is none, or it was read and is held.</summary>
    public ReadOnlyMemory<byte>? Content => _window is null ? ReadOnlyMemory<byte>.Empty : _window.Kept;

    /// <summary>The response is complete: what was not read of the body is the server's, which may have another request behind it.</summary>
    public void Close() => _window?.Close();

    /// <summary>Takes the body, for good.</summary>
    /// <returns><see cref="Errno.Busy"/> if it was taken before.</returns>
    public FsResult<PipeWindow> Claim()
    {
        if (_isClaimed || _window is null) return Errno.Busy;
        _isClaimed = true;
        return _window;
    }
}
