using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>One listener: each connection goes to a guest of its own.</summary>
internal sealed class GuestStreamEndpoint(
    IInvocationHost host, Func<ConnectionContext, ValueTask<GuestModule>> selectModule, GuestStreamOptions options, ILogger logger,
    CancellationToken stopping)
{
    private readonly ConnectionCounter _connections = new(options.MaxConnections);
    private readonly InvocationRequest _request = options.ToRequest(stopping);
    private readonly Func<ConnectionContext, InvocationRequest, InvocationRequest>? _configure = options.Configure;

    public async Task HandleAsync(ConnectionContext context)
    {
        if (!_connections.TryEnter())
        {
            Log.ConnectionRefused(logger, options.MaxConnections);
            context.Abort();
            return;
        }

        try
        {
            var module = await selectModule(context).ConfigureAwait(false);
            var connection = new GuestConnection(context.Transport, context.Abort)
            {
                Request = ConfiguredRequest.Of(_configure, context, _request with { Headers = [] }),
                Options = options.Limits,
                RemoteEndPoint = context.RemoteEndPoint,
                LocalEndPoint = context.LocalEndPoint,
                Closed = context.ConnectionClosed,
            };
            await GuestConnectionLog.ServeAsync(host, module, connection, logger).ConfigureAwait(false);
        }
        finally
        {
            _connections.Leave();
        }
    }
}
