using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>
/// A request as HTTP/1.1 writes it on a connection, taken piece by piece: the head, then the body with its framing (RFC 9112 sections 3, 6 and 7.1).
/// </summary>
/// <remarks>As <see cref="PipeWindow"/>: what is taken without waiting runs no foreign code.</remarks>
internal sealed class HttpRequestBytes
{
    private static readonly byte[] LineEnd = "\r\n"u8.ToArray();
    private static readonly byte[] LineEndAndLastChunk = [.. LineEnd, .. RequestText.LastChunk];

    private readonly PipeWindow? _body;
    private readonly bool _isChunked;

    // The line before a chunk, which is written for each anew.
    private readonly byte[] _chunkLine = [];

    // What comes next and is no part of the body.
    private ReadOnlyMemory<byte> _text;

    // What is left of the chunk that was begun.
    private long _chunk;
    private bool _isInChunk;
    private bool _isFramed;

    /// <summary>Begins with a request.</summary>
    /// <param name="exchange">The request; nothing may have claimed its body.</param>
    /// <param name="isLast">Whether the connection ends with it.</param>
    public HttpRequestBytes(InvocationExchange exchange, bool isLast)
    {
        var body = exchange.RequestBody;
        if (body.Content is null && !body.Claim().TryGet(out _body)) throw new InvalidOperationException("The request's body was claimed.");
        _isChunked = _body is not null && body.IsChunked;
        _isFramed = !_isChunked;
        if (_isChunked) _chunkLine = new byte[RequestText.MaxChunkLineBytes];
        _text = RequestText.WriteHead(exchange.Request, (_isChunked ? RequestText.Chunked : string.Empty) + (isLast ? "Connection: close\r\n" : string.Empty));
    }

    /// <summary>Begins with a request whose body comes in chunks.</summary>
    /// <param name="head">Its head.</param>
    /// <param name="body">Its body, claimed.</param>
    public HttpRequestBytes(ReadOnlyMemory<byte> head, PipeWindow body)
    {
        (_text, _body, _isChunked) = (head, body, true);
        _chunkLine = new byte[RequestText.MaxChunkLineBytes];
    }

    /// <summary>Whether anything was taken.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>Whether everything was taken.</summary>
    public bool IsAtEnd => _text.IsEmpty && _isFramed && (_body is null || _body.IsAtEnd);

    /// <summary>Whether something could be taken at once.</summary>
    public bool IsReady => !_text.IsEmpty || (!IsAtEnd && _body!.IsReady);

    /// <summary>How many bytes could be taken at once, at least; 0 if there is nothing more than an error.</summary>
    public long AvailableBytes
    {
        get
        {
            if (!_text.IsEmpty) return _text.Length;
            if (IsAtEnd) return 0;
            if (_isInChunk) return Math.Min(_chunk, _body!.AvailableBytes);
            return !_isFramed && _body!.IsAtEnd ? RequestText.LastChunk.Length : _body!.AvailableBytes;
        }
    }

    /// <summary>Whether letting go of the request may run foreign code.</summary>
    public bool HoldsBody => _body is not null;

    /// <summary>Takes what is there, without waiting.</summary>
    public bool TryTake(IoVectors destination, bool peek, out FsResult<int> result)
    {
        if (!_text.IsEmpty)
        {
            var count = destination.CopyFrom(_text.Span);
            if (!peek) TakeText(count);
            result = count;
            return true;
        }

        result = default;
        if (peek || IsAtEnd || (_isChunked && (!_isInChunk || destination.TotalLength > _chunk)) || !_body!.TryTake(destination, out result)) return false;
        if (_isInChunk && result.Error == Errno.Success) TakeFromChunk(result.Value);
        return true;
    }

    /// <summary>Waits for something, or for the end of a body, and takes it. Without a body, it is not at its end.</summary>
    public async ValueTask<FsResult<int>> TakeAsync(Memory<byte> destination, bool peek, CancellationToken cancellationToken)
    {
        if (_text.IsEmpty)
        {
            var error = await FillAsync(cancellationToken).ConfigureAwait(false);
            if (error != Errno.Success) return error;
        }

        if (!_text.IsEmpty)
        {
            var count = Math.Min(_text.Length, destination.Length);
            _text.Span[..count].CopyTo(destination.Span);
            if (!peek) TakeText(count);
            return count;
        }

        if (_isInChunk && destination.Length > _chunk) destination = destination[..(int)_chunk];
        if (peek) return _body!.Peek(destination.Span);
        var taken = await _body!.TakeAsync(destination, cancellationToken).ConfigureAwait(false);
        if (_isInChunk && taken.Error == Errno.Success) TakeFromChunk(taken.Value);
        return taken;
    }

    /// <summary>Waits until <see cref="IsReady"/> or <see cref="IsAtEnd"/>. Cancelling it loses nothing.</summary>
    /// <returns><see cref="Errno.ConnReset"/> if the client is gone.</returns>
    public async ValueTask<Errno> FillAsync(CancellationToken cancellationToken)
    {
        if (!_text.IsEmpty || _body is null) return Errno.Success;
        var error = await _body.FillAsync(cancellationToken).ConfigureAwait(false);
        if (error == Errno.Success && _isChunked && !_isInChunk && !_isFramed) BeginChunk();
        return error;
    }

    /// <summary>Gives what was not taken back to the request's reader.</summary>
    public void Release() => _body?.Release();

    private void TakeText(int count)
    {
        IsBegun = true;
        _text = _text[count..];
    }

    private void BeginChunk()
    {
        if (_body!.IsAtEnd)
        {
            _text = RequestText.LastChunk;
            _isFramed = true;
            return;
        }

        // All that is there: the larger the chunk, the less is added.
        _chunk = _body.AvailableBytes;
        _isInChunk = true;
        _text = _chunkLine.AsMemory(0, RequestText.WriteChunkLine(_chunkLine, _chunk));
    }

    private void TakeFromChunk(int count)
    {
        _chunk -= count;
        if (_chunk > 0) return;
        _isInChunk = false;

        // The end of the body is told with its last bytes, if it is known by then.
        _isFramed = _body!.IsAtEnd;
        _text = _isFramed ? LineEndAndLastChunk : LineEnd;
    }
}
