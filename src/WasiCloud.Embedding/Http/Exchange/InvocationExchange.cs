using System.IO.Pipelines;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>Where the host and the guest of one invocation after another meet: the request goes in, the response comes out, both as streams.</summary>
/// <remarks>A feature of <see cref="InvocationContext"/>; the mounts below <c>/request</c> and <c>/response</c> find it there.</remarks>
internal sealed class InvocationExchange
{
    private const int StatusWithoutResponse = 204;

    private readonly Pipe _responsePipe;
    private ResponsePieces? _pieces;

    /// <summary>Begins an exchange.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="terminate">Ends the guest because of its output; called at most once, on the guest's side, and returns before the guest has ended.</param>
    /// <exception cref="ArgumentException">The request is not one that HTTP/1.1 can express.</exception>
    public InvocationExchange(InvocationRequest request, ExchangeLimits limits, Action<GuestException> terminate)
        : this(limits, terminate) => Begin(request);

    /// <summary>Prepares what exchange after exchange uses. <see cref="Begin(InvocationRequest)"/> begins one.</summary>
    public InvocationExchange(ExchangeLimits limits, Action<GuestException> terminate)
    {
        var buffer = new ResponseBuffer(limits.Budget, limits.ResponseBufferBytes);
        _responsePipe = new Pipe(new PipeOptions(buffer.CreatePool(), pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false));
        var sink = new PipeSink(_responsePipe.Writer, limits.ResponseBufferBytes, isOwn: true, buffer);
        Response = new ResponseMessage(limits, sink, terminate, () => RequestBody.Close());
        ResponseBody = new ResponseReader(_responsePipe.Reader, buffer, sink.ReaderLeft);
    }

    public InvocationRequest Request { get; private set; } = null!;

    public RequestBody RequestBody { get; private set; } = null!;

    public ResponseMessage Response { get; }

    public ResponsePieces Pieces => _pieces ??= new ResponsePieces(Response);

    /// <summary>
    /// Completes when the guest's head is final, or with <see langword="null"/> when there will be none, because of <see cref="HeadFailure"/>.
    /// </summary>
    public ValueTask<ResponseHead?> Head => Response.Head;

    /// <summary>Why there is no head.</summary>
    public Exception? HeadFailure => Response.HeadFailure;

    /// <summary>The response's body. Completing it makes the guest's next write <see cref="Errno.Pipe"/>.</summary>
    public PipeReader ResponseBody { get; }

    /// <summary>Bytes of the request's body that the guest consumed.</summary>
    public long RequestBytes => RequestBody.ConsumedBytes;

    /// <summary>Bytes of the response's body that the guest wrote.</summary>
    public long ResponseBytes => Response.BodyBytes;

    /// <summary>Begins an exchange.</summary>
    /// <exception cref="ArgumentException">The request is not one that HTTP/1.1 can express.</exception>
    public void Begin(InvocationRequest request) => Begin(request, BytesReader.Begin(request.Body));

    /// <summary>Begins an exchange whose body comes from elsewhere.</summary>
    /// <exception cref="ArgumentException">The request is not one that HTTP/1.1 can express.</exception>
    public void Begin(InvocationRequest request, PipeReader? body)
    {
        RequestFields.Validate(request);
        Request = request;
        RequestBody = body is null && request.ContentLength is null ? RequestBody.None : new RequestBody(body, request.ContentLength);
        Response.Reset(string.Equals(request.Method, "HEAD", StringComparison.Ordinal));
    }

    /// <summary>Ends with an exchange that went well: the guest has ended, and the response's reader is completed.</summary>
    /// <returns>Whether this can serve another one.</returns>
    public bool TryReset()
    {
        if (!Response.IsEnded || !Response.Sink.TryReset()) return false;
        _responsePipe.Reset();
        _pieces?.Reset();
        (Request, RequestBody) = (null!, null!);
        Response.Reset(isHead: false);
        return true;
    }

    /// <summary>The guest exited with 0 and its descriptors were closed: ends the response, which is an empty 204 if the guest gave none.</summary>
    /// <returns>Why the response is not one after all; <see cref="HeadFailure"/> or the body's failure then.</returns>
    public GuestException? GuestSucceeded()
    {
        if (Response.Failure is null) Complete();
        if (Response.Failure is { } failure) Response.Fail(failure);
        return Response.Failure;
    }

    /// <summary>The guest failed: so does what is still open of the response, so that a truncated body never looks complete.</summary>
    public void GuestFailed(Exception exception) => Response.Fail(exception);

    /// <summary>Nobody reads the response any more: the guest's next write is <see cref="Errno.Pipe"/>. May be called from any thread.</summary>
    public void ResponseAbandoned() => Response.Sink.Abandon();

    private void Complete()
    {
        // What the guest could not write because nobody read it is not the guest's mistake.
        if (Response.Sink.IsBroken) Response.Fail(new OperationCanceledException("The response was abandoned."));
        else CompleteForm();
    }

    private void CompleteForm()
    {
        switch (Response.Form)
        {
            case ResponseForm.Socket or ResponseForm.Cgi when !Response.IsFixed:
                Response.Refuse(Response.Form == ResponseForm.Cgi ? "stdout" : "socket", new(0, "the guest ended without a response"));
                break;
            case ResponseForm.Socket or ResponseForm.Cgi:
                break;
            case ResponseForm.Text when !Response.IsFixed:
                Response.Refuse("txt", new(0, "the response ends within its head"));
                break;
            case ResponseForm.Json when !Response.IsFixed:
                Response.Refuse("json", new(0, "nothing was written"));
                break;
            default:
                if (Pieces.Fix(StatusWithoutResponse, bodyLength: 0) == Errno.Success) Response.End("body", Response.BodyBytes);
                break;
        }
    }
}
