using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>One mapped route: each request goes to a guest.</summary>
internal sealed class GuestEndpoint(Func<HttpContext, ValueTask<GuestTarget?>> selectTarget, GuestEndpointSettings settings, ILogger logger)
{
    private readonly BodySpool _spool = new(settings.MaxSpooledBodyBytes);

    public async Task HandleAsync(HttpContext context)
    {
        if (await selectTarget(context).ConfigureAwait(false) is { } target) await HandleAsync(context, target).ConfigureAwait(false);
        else await GuestProblem.WriteAsync(context, StatusCodes.Status404NotFound).ConfigureAwait(false);
    }

    private async Task HandleAsync(HttpContext context, GuestTarget target)
    {
        using var held = target;
        var body = GuestRequest.HasBody(context) ? new RequestBodyReader(context.Request.BodyReader) : null;
        if (body is not null && settings.Request.Interface == GuestInterface.Cgi && context.Request.ContentLength is null)
            await AnswerWithLengthAsync(context, target, body).ConfigureAwait(false);
        else
            await AnswerAsync(context, target, body, body, context.Request.ContentLength).ConfigureAwait(false);
    }

    private static bool IsClientGone(HttpContext context, RequestBodyReader? body, Exception exception) =>
        context.RequestAborted.IsCancellationRequested || exception is IOException || body?.Failure is not (null or BadHttpRequestException);

    private async Task AnswerWithLengthAsync(HttpContext context, GuestTarget target, RequestBodyReader body)
    {
        SpooledBody spooled;
        try
        {
            spooled = await _spool.ReadAsync(body, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            if (body.Failure is BadHttpRequestException bad) await RefuseAsync(context, target, bad.StatusCode, bad).ConfigureAwait(false);
            else Abandon(context, target, isDelivered: false, exception);
            return;
        }

        if (spooled.Problem != 0)
        {
            await RefuseAsync(context, target, spooled.Problem, exception: null).ConfigureAwait(false);
            return;
        }

        try
        {
            var content = PipeReader.Create(new ReadOnlySequence<byte>(spooled.Content));
            await AnswerAsync(context, target, body, content, spooled.Content.Length).ConfigureAwait(false);
        }
        finally
        {
            _spool.Release(spooled.Held);
        }
    }

    private async Task AnswerAsync(HttpContext context, GuestTarget target, RequestBodyReader? body, PipeReader? content, long? contentLength)
    {
        if (GuestRequest.TryCreate(context, settings.Request, settings.ScriptName, content, contentLength) is not { } received)
        {
            await RefuseAsync(context, target, StatusCodes.Status400BadRequest, exception: null).ConfigureAwait(false);
            return;
        }

        // What the application throws here is not the guest's failure.
        var request = settings.Complete(context, received);
        var isDelivered = false;
        using var cancellation = new CancellationTokenSource();
        using var abort = context.RequestAborted.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), cancellation);
        try
        {
            var response = await target.InvokeAsync(request, cancellation.Token).ConfigureAwait(false);
            await using var disposal = response.ConfigureAwait(false);
            if (!await TrySetHeadAsync(context, target, response).ConfigureAwait(false)) return;
            await ResponseRelay.SendAsync(response, context).ConfigureAwait(false);

            // A client that has its answer closes the connection; that must not end a guest that still commits what it did.
            isDelivered = true;
            await abort.DisposeAsync().ConfigureAwait(false);
            await response.Completion.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is GuestException or OperationCanceledException or IOException or RepositoryException)
        {
            if (IsClientGone(context, body, exception)) Abandon(context, target, isDelivered, exception);
            else if (isDelivered) Log.GuestFailedAfterwards(logger, target.Name, GuestErrorText.Of(exception), exception);
            else if (body?.Failure is BadHttpRequestException bad) await RefuseAsync(context, target, bad.StatusCode, bad).ConfigureAwait(false);
            else await FailAsync(context, target, exception).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> TrySetHeadAsync(HttpContext context, GuestTarget target, InvocationResponse response)
    {
        try
        {
            ResponseRelay.SetHead(response, context.Response, settings.ReservedResponseFields);
            return true;
        }
        catch (InvalidOperationException exception)
        {
            Log.ResponseRefused(logger, target.Name, exception);
            context.Response.Clear();
            await GuestProblem.WriteAsync(context, StatusCodes.Status502BadGateway).ConfigureAwait(false);
            return false;
        }
    }

    private void Abandon(HttpContext context, GuestTarget target, bool isDelivered, Exception exception)
    {
        Log.ClientGone(logger, target.Name, exception);
        if (isDelivered) return;

        // Whoever cancelled the request may want to answer it, as the request time-out middleware does. When thousands of clients hang up at one time, throwing
        // through the whole pipeline for each of them keeps the others waiting for longer than anything else.
        var isConnected = context.Features.Get<IConnectionLifetimeFeature>() is not { ConnectionClosed.IsCancellationRequested: true };
        if (isConnected && !context.Response.HasStarted && exception is OperationCanceledException) ExceptionDispatchInfo.Throw(exception);
        context.Abort();
    }

    private async ValueTask RefuseAsync(HttpContext context, GuestTarget target, int status, Exception? exception)
    {
        Log.BadRequest(logger, target.Name, status, exception);
        if (context.Response.HasStarted) context.Abort();
        else await GuestProblem.WriteAsync(context, status).ConfigureAwait(false);
    }

    private async ValueTask FailAsync(HttpContext context, GuestTarget target, Exception exception)
    {
        // A body that was cut off must not look complete, so the connection ends with it.
        if (context.Response.HasStarted)
        {
            Log.GuestFailedMidway(logger, target.Name, GuestErrorText.Of(exception), exception);
            context.Abort();
            return;
        }

        var status = GuestFailure.ToStatus(exception);
        if (GuestFailure.IsRefusal(exception)) Log.RequestRefused(logger, target.Name, status, exception.Message);
        else Log.GuestFailed(logger, target.Name, status, GuestErrorText.Of(exception), exception);
        await GuestProblem.WriteAsync(context, status).ConfigureAwait(false);
    }
}
