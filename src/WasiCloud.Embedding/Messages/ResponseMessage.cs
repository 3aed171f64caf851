using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Messages;

/// <summary>The response as it comes into being: its form, then its head, then its body, each checked before it goes out.</summary>
/// <remarks>All but <see cref="Head"/> and <see cref="Sink"/>'s <see cref="PipeSink.Abandon"/> belong to the guest's side, which does one thing at a time.</remarks>
internal sealed class ResponseMessage(ExchangeLimits limits, PipeSink sink, bool isHead, Action<GuestException> terminate)
{
    private readonly TaskCompletionSource<ResponseHead> _head = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasFailed;
    private long? _contentLength;
    private bool _isWithoutBody;

    public ExchangeLimits Limits => limits;

    public PipeSink Sink => sink;

    public Task<ResponseHead> Head => _head.Task;

    public ResponseForm Form { get; private set; }

    /// <summary>Whether the head went out.</summary>
    public bool IsFixed { get; private set; }

    /// <summary>Whether the body is complete.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Why the guest was ended, if the response was the reason.</summary>
    public GuestException? Failure { get; private set; }

    public long BodyBytes { get; private set; }

    /// <summary>Begins a form, or goes on with it.</summary>
    /// <returns><see cref="Errno.Busy"/> if the response has another form; <see cref="Errno.RoFs"/> if it is complete.</returns>
    public Errno Begin(ResponseForm form)
    {
        if (IsEnded) return Form == form ? Errno.RoFs : Errno.Busy;
        if (Form == ResponseForm.None) Form = form;
        return Form == form ? Errno.Success : Errno.Busy;
    }

    /// <summary>Sends the head.</summary>
    /// <param name="builder">The head.</param>
    /// <param name="file">The file below <c>/response</c> to name if it is malformed.</param>
    /// <param name="offset">The byte to name.</param>
    public Errno Fix(ResponseHeadBuilder builder, string file, long offset)
    {
        if (_hasFailed) return Errno.IO;
        var head = builder.Build(out var problem);
        if (problem is not null) return Refuse(file, new(offset, problem));
        if (builder.ContentLength > limits.MaxResponseBytes && !builder.IsWithoutBody) return RefuseSize(limits.MaxResponseBytes);
        (_contentLength, _isWithoutBody, IsFixed) = (builder.ContentLength, builder.IsWithoutBody, true);
        _head.TrySetResult(head);
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
        if (_isWithoutBody) return Refuse(file, new(offset, "a response of this status has no body"));
        if (bytes.Length > limits.MaxResponseBytes - BodyBytes) return RefuseSize(limits.MaxResponseBytes);
        if (_contentLength is { } length && bytes.Length > length - BodyBytes)
            return Refuse(file, new(offset + length - BodyBytes, FormattableString.Invariant($"the body is longer than Content-Length, {length} bytes")));
        BodyBytes += bytes.Length;

        // RFC 9110 section 9.3.2: the response to HEAD has the head of GET's and no body. Guests need not know.
        if (!isHead) sink.Write(bytes);
        return Errno.Success;
    }

    /// <summary>Ends the body.</summary>
    /// <param name="file">The file below <c>/response</c> to name if the body is too short.</param>
    /// <param name="offset">The file's length.</param>
    public Errno End(string file, long offset)
    {
        if (_hasFailed) return Errno.IO;
        if (IsEnded) return Errno.Success;
        if (_contentLength is { } length && BodyBytes < length && !_isWithoutBody && !(isHead && BodyBytes == 0))
            return Refuse(file, new(offset, FormattableString.Invariant($"the body has {BodyBytes} bytes and Content-Length is {length}")));
        IsEnded = true;
        sink.Complete(null);
        return Errno.Success;
    }

    /// <summary>Ends the guest because its output is malformed.</summary>
    /// <returns><see cref="Errno.IO"/>, for the guest if it still gets to see it.</returns>
    public Errno Refuse(string file, ResponseProblem problem)
    {
        Terminate(new GuestResponseException("/response/" + file, problem.Offset, problem.Text));
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
        _head.TrySetException(exception);

        // Nobody may be waiting for the head any more; the failure is then told elsewhere and not "unobserved".
        _ = _head.Task.Exception;
        if (!IsEnded) sink.Complete(exception);
    }

    private void Terminate(GuestException exception)
    {
        if (_hasFailed) return;
        _hasFailed = true;
        Failure = exception;
        terminate(exception);
    }
}
