using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Rpc;

/// <summary>Has calls answered by a function of the application, or by another process. Thread-safe.</summary>
/// <param name="service">The service.</param>
/// <param name="handler">The function, if there is one.</param>
/// <param name="transport">The way to other processes, if there is one.</param>
/// <param name="logger">Where what the function throws is told.</param>
/// <param name="scopes">Makes the services of a call.</param>
internal sealed class RpcHandling(RpcService service, RpcHandler? handler, IRpcTransport? transport, ILogger logger, IServiceScopeFactory? scopes)
{
    /// <summary>Has a call answered. Completes when its response is complete.</summary>
    /// <returns>Why there is no response, or <see langword="null"/>.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RpcError?> RunAsync(RpcCall call, bool isForwarded)
    {
        var scope = isForwarded || scopes is null ? null : call.Scope ??= new RpcScope(scopes);
        RpcError? outcome = null;
        try
        {
            call.GiveAway();
            var request = call.Request.AsSequence();
            if (isForwarded) await transport!.CallAsync(service, request, call.IsOneWay ? null : call.Response, call.HandlerToken).ConfigureAwait(false);
            else await handler!(new RpcRequest(service.Origin.Name, request, call.Caller, service.Tenant, scope), call.Response, call.HandlerToken)
                .ConfigureAwait(false);
        }
        catch (RpcException exception) when (isForwarded || IsAnswer(exception.Error))
        {
            outcome = exception.Error;
        }
        catch (Exception exception)
        {
            if (!call.IsDone) Log.RpcHandlerFailed(logger, service.Name, ExceptionText.ForLog(exception, call.Caller?.Mask));
            outcome = RpcError.ServerFailed;
        }

        // Before the caller gets the response: that its services cannot be released, as a transaction's may not, is a failure of the handler.
        return scope?.End() is { } services && !await TryReleaseAsync(call, services).ConfigureAwait(false) ? RpcError.ServerFailed : outcome;
    }

    /// <summary>Tells whoever answers a call that nobody waits. Runs the application's code.</summary>
    public void Cancel(RpcCall call)
    {
        try
        {
            call.CancelHandler();
        }
        catch (AggregateException exception)
        {
            Log.RpcHandlerFailed(logger, service.Name, ExceptionText.ForLog(exception, call.Caller?.Mask));
        }
    }

    // What a handler may say of a request without having failed.
    private static bool IsAnswer(RpcError error) => error is RpcError.BadRequest or RpcError.Denied or RpcError.OverQuota or RpcError.Busy;

    private async ValueTask<bool> TryReleaseAsync(RpcCall call, AsyncServiceScope services)
    {
        try
        {
            await services.DisposeAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception exception)
        {
            Log.RpcHandlerFailed(logger, service.Name, ExceptionText.ForLog(exception, call.Caller?.Mask));
            return false;
        }
    }
}
