using System.Threading.Tasks.Sources;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>The response as it comes into being: its form, then its head, then its body, each checked before it goes out.</summary>
/// <remarks>
/// All but <see cref="Head"/> and <see cref="Sink"/>'s <see cref="PipeSink.Abandon"/> belong to the guest's side, which does one thing at a time.
/// </remarks>
/// <param name="limits">The limits.</param>
/// <param name="sink">Where the body goes.</param>
/// <param name="terminate">Ends the guest because of its output.</param>
/// <param name="ended">Called on the guest's side when the response is complete, before anybody can know it.</param>
internal sealed class ResponseMessage(ExchangeLimits limits, PipeSink sink, Action<GuestException> terminate, Action ended) : IValueTaskSource<ResponseHead?>
{
    private const string WithoutBody = "a response of this status has no body";

    private ManualResetValueTaskSourceCore<ResponseHead?> _head = new() { RunContinuationsAsynchronously = true };
    private bool _isHeadDecided;
    private bool _isHead;
    private bool _hasFailed;
    private long? _contentLength;
    private bool _isWithoutBody;
    private bool _wasOpened;

    public ExchangeLimits Limits => limits;

    /// <summary>Bytes that the body may have. Set before the guest begins, if it may have less than others.</summary>
    public long MaxBytes { get; set; } = limits.MaxResponseBytes;

    public PipeSink Sink => sink;

    /// <summary>
    /// Completes when the head goes out, or with <see langword="null"/> when the response fails before, for the reason that is in <see cref="HeadFailure"/>: to
    /// throw it here would cost as much as a small guest. To be awaited once.
    /// </summary>
    public ValueTask<ResponseHead?> Head => new(this, _head.Version);

    /// <summary>Why no head went out.</summary>
    public Exception? HeadFailure { get; private set; }

    public ResponseForm Form { get; private set; }

    /// <summary>Whether the head went out.</summary>
    public bool IsFixed { get; private set; }

    /// <summary>Whether the body is complete.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Why the guest was ended, if the response was the reason.</summary>
    public GuestException? Failure { get; private set; }

    public long BodyBytes { get; private set; }

    /// <summary>Whether a file is open that is written as a stream, whose close ends the response.</summary>
    public bool IsWriting => _wasOpened && !IsEnded && !_hasFailed;

    /// <summary>Called on the guest's side when it is done with the response: it is complete, or was refused. Until the next <see cref="Reset"/>.</summary>
    public Action? WhenOver { private get; set; }

    /// <summary>Whether the request's method is <c>HEAD</c>, whose response has no body on a connection.</summary>
    public bool IsHead => _isHead;

    // Where the file is that a problem names; a connection has no path.
    private string Folder => Form switch
    {
        ResponseForm.Socket => string.Empty,
        ResponseForm.Cgi => "/dev/",
        _ => "/response/",
    };

    /// <summary>Begins anew.</summary>
    /// <param name="isHead">Whether the request's method is <c>HEAD</c>.</param>
    public void Reset(bool isHead)
    {
        _head.Reset();
        (_isHead, _isHeadDecided, _hasFailed, _contentLength, _isWithoutBody) = (isHead, false, false, null, false);
        (Form, IsFixed, IsEnded, Failure, BodyBytes) = (ResponseForm.None, false, false, null, 0);
        (_wasOpened, WhenOver, HeadFailure) = (false, null, null);
    }

    /// <summary>Begins a form, or goes on with it.</summary>
    /// <returns><see cref="Errno.Busy"/> if the response has another form; <see cref="Errno.RoFs"/> if it is complete.</returns>
    public Errno Begin(ResponseForm form)
    {
        if (IsEnded) return Form == form ? Errno.RoFs : Errno.Busy;
        if (Form == ResponseForm.None) Form = form;
        return Form == form ? Errno.Success : Errno.Busy;
    }

    /// <summary>A file is opened that is written as a stream.</summary>
    /// <returns>Whether it was not before.</returns>
    public bool TryOpen()
    {
        if (_wasOpened) return false;
        _wasOpened = true;
        return true;
    }

    /// <summary>Sends the head.</summary>
    /// <param name="builder">The head.</param>
    /// <param name="file">The file below <c>/response</c> to name if it is malformed.</param>
    /// <param name="offset">The byte to name.</param>
    /// <param name="bodyLength">The body's length if it is known as a whole, so that a head that contradicts it never goes out.</param>
    public Errno Fix(ResponseHeadBuilder builder, string file, long offset, long? bodyLength = null)
    {
        if (_hasFailed) return Errno.IO;
        if (bodyLength is { } suggested) builder.SuggestContentLength(suggested);
        var head = builder.Build(out var problem);
        (_contentLength, _isWithoutBody) = (builder.ContentLength, builder.IsWithoutBody);
        if (bodyLength is { } known) problem ??= CheckLength(known);
        if (problem is not null) return Refuse(file, new(offset, problem));
        if (!_isWithoutBody && (_contentLength ?? 0) > MaxBytes) return RefuseSize(MaxBytes);
        IsFixed = true;
        _isHeadDecided = true;
        _head.SetResult(head);
        return Errno.Success;
    }

    /// <summary>Adds to the body, without flushing. The head was sent, and the sink is ready.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="file">The file below <c>/response</c> to name if it is malformed.</param>
    /// <param name="offset">Where in it <paramref name="bytes"/> begin.</param>
    public Errno Write(ReadOnlySpan<byte> bytes, string file, long offset)
    {
        if (_hasFailed) return Errno.IO;
        if (bytes.IsEmpty) return Errno.Success;
        if (_isWithoutBody) return Refuse(file, new(offset, WithoutBody));
        if (bytes.Length > MaxBytes - BodyBytes) return RefuseSize(MaxBytes);
        if (_contentLength is { } length && bytes.Length > length - BodyBytes)
            return Refuse(file, new(offset + length - BodyBytes, FormattableString.Invariant($"the body is longer than Content-Length, {length}")));
        BodyBytes += bytes.Length;

        // RFC 9110 section 9.3.2: the response to HEAD has the head of GET's and no body. Guests need not know.
        if (!_isHead) sink.Write(bytes);
        return Errno.Success;
    }

    /// <summary>Ends the body. If nobody reads it any more, its length does not matter.</summary>
    /// <param name="file">The file below <c>/response</c> to name if the body is too short.</param>
    /// <param name="offset">The file's length.</param>
    public Errno End(string file, long offset)
    {
        if (_hasFailed) return Errno.IO;
        if (IsEnded || sink.IsBroken) return Errno.Success;
        if (CheckLength(BodyBytes) is { } problem) return Refuse(file, new(offset, problem));
        IsEnded = true;
        ended();
        sink.Complete(null);
        WhenOver?.Invoke();
        return Errno.Success;
    }

    /// <summary>Ends the guest because its output is malformed.</summary>
    /// <returns><see cref="Errno.IO"/>, for the guest if it still gets to see it.</returns>
    public Errno Refuse(string file, ResponseProblem problem)
    {
        Terminate(new GuestResponseException(Folder + file, problem.Offset, problem.Text));
        return Errno.IO;
    }

    /// <summary>Ends the guest because its output is too large.</summary>
    /// <returns><see cref="Errno.FBig"/>, for the guest if it still gets to see it.</returns>
    public Errno RefuseSize(long limit)
    {
        Terminate(new GuestLimitException(GuestLimit.Output, limit));
        return Errno.FBig;
    }

    /// <summary>Ends the response in failure: whoever reads it must not take what there is for all of it.</summary>
    public void Fail(Exception exception)
    {
        _hasFailed = true;
        if (!_isHeadDecided)
        {
            _isHeadDecided = true;
            HeadFailure = exception;
            _head.SetResult(null);
        }

        if (!IsEnded) sink.Complete(exception);
    }

    ResponseHead? IValueTaskSource<ResponseHead?>.GetResult(short token) => _head.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ResponseHead?>.GetStatus(short token) => _head.GetStatus(token);

    void IValueTaskSource<ResponseHead?>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _head.OnCompleted(continuation, state, token, flags);

    private string? CheckLength(long bodyLength)
    {
        if (_isWithoutBody) return bodyLength == 0 ? null : WithoutBody;
        if (_contentLength is not { } announced || bodyLength == announced || (_isHead && bodyLength == 0)) return null;
        return FormattableString.Invariant($"the body has {bodyLength} bytes and Content-Length is {announced}");
    }

    private void Terminate(GuestException exception)
    {
        if (_hasFailed) return;
        _hasFailed = true;
        Failure = exception;
        terminate(exception);
        WhenOver?.Invoke();
    }
}
