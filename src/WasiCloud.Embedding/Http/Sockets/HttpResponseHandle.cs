using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Sockets;

/// <summary>
/// Takes one response that a guest writes on a connection (RFC 9112): the head is parsed as it comes, then the content goes straight to the body.
/// </summary>
internal sealed class HttpResponseHandle(ResponseMessage response) : PipeWriterHandle(response.Sink)
{
    private const string File = "socket";

    private readonly ResponseTextParser _head = new(response.Limits.MaxResponseHeadBytes, hasFraming: true);
    private ChunkedBodyParser? _chunks;
    private long _written;
    private long _bodyStart;
    private bool _isAtEnd;
    private bool _isShut;

    /// <summary>Whether anything was written.</summary>
    public bool IsBegun => _written > 0;

    /// <summary>Whether the guest's side is done with the response: it is complete, or was refused.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether the guest may be given another request on the same connection (RFC 9112 section 9.3).</summary>
    public bool KeepsAlive => IsOver && response.Failure is null && !_isShut && _head.Head is { WantsClose: false, IsVersion10: false };

    /// <summary>The guest will write no more.</summary>
    /// <returns><see cref="Errno.IO"/> if the response is not complete.</returns>
    public Errno Shut()
    {
        if (IsOver || response.Sink.IsBroken) return Errno.Success;
        (_isShut, IsOver) = (true, true);
        _head.End();
        if (_head.Problem is { } problem) return response.Refuse(File, IsBegun ? problem : new(0, "the connection was closed without a response"));

        // Without a length, the end of the connection is the end of the body (RFC 9112 section 6.3); with one, it may be too early.
        return _chunks is null ? response.End(File, _written) : response.Refuse(File, new(_written, "the connection was closed within a chunked body"));
    }

    protected override Errno Accept(ReadOnlySpan<byte> bytes)
    {
        // Nothing was asked: the other side is not there any more.
        if (IsOver && !bytes.IsEmpty) return Errno.Pipe;
        while (!bytes.IsEmpty)
        {
            // What comes with the end of a response and is not of it goes nowhere, as on a connection that the other side has closed; the next write hears of
            // it.
            if (_isAtEnd) return Errno.Success;
            var error = _head.IsComplete ? TakeBody(ref bytes) : TakeHead(ref bytes);
            if (error != Errno.Success) return error;
        }

        return Errno.Success;
    }

    // Not before the flush: whoever reads the body may be done with the pipe as soon as it has ended.
    protected override void Accepted()
    {
        if (!_isAtEnd || IsOver) return;
        IsOver = true;
        response.End(File, _written);
    }

    private Errno TakeHead(ref ReadOnlySpan<byte> bytes)
    {
        var count = _head.Parse(bytes);
        _written += count;
        bytes = bytes[count..];
        if (_head.Problem is { } problem) return Refuse(problem);
        if (!_head.IsComplete) return Errno.Success;
        if (_head.Head.IsInterim)
        {
            _head.Restart();
            return Errno.Success;
        }

        return BeginBody();
    }

    private Errno BeginBody()
    {
        var head = _head.Head;
        _bodyStart = _written;
        if (head.IsChunked) _chunks = new ChunkedBodyParser(response.Limits.MaxResponseHeadBytes);

        // RFC 9112 section 6.3, rule 1: whatever the fields say.
        _isAtEnd = response.IsHead || head.Status is 204 or 304 || head.ContentLength == 0;
        var error = response.Fix(head, File, _written);
        IsOver |= error != Errno.Success;
        return error;
    }

    private Errno TakeBody(ref ReadOnlySpan<byte> bytes)
    {
        if (_chunks is not null) return TakeChunked(ref bytes);
        var content = bytes;
        if (_head.Head.ContentLength is { } length && content.Length > length - response.BodyBytes) content = content[..(int)(length - response.BodyBytes)];
        bytes = bytes[content.Length..];
        var error = Write(content);
        _written += content.Length;
        _isAtEnd = response.BodyBytes == _head.Head.ContentLength;
        return error;
    }

    private Errno TakeChunked(ref ReadOnlySpan<byte> bytes)
    {
        var count = _chunks!.Parse(bytes, out var content);
        bytes = bytes[count..];
        if (_chunks.Problem is { } problem) return Refuse(problem with { Offset = _bodyStart + problem.Offset });
        var error = Write(content);
        _written += count;
        _isAtEnd = _chunks.IsAtEnd;
        return error;
    }

    private Errno Write(ReadOnlySpan<byte> content)
    {
        var error = response.Write(content, File, _written);
        IsOver |= error != Errno.Success;
        return error;
    }

    private Errno Refuse(ResponseProblem problem)
    {
        IsOver = true;
        return response.Refuse(File, problem);
    }
}
