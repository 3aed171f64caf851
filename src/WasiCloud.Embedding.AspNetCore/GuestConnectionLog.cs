using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Serves connections, whose clients see how they end; the application sees why in its log.</summary>
internal static class GuestConnectionLog
{
    public static async Task ServeAsync(IInvocationHost host, GuestModule module, GuestConnection connection, ILogger logger)
    {
        try
        {
            await host.ServeConnectionAsync(module, connection, CancellationToken.None).ConfigureAwait(false);
        }
        catch (GuestException exception)
        {
            Log.ConnectionFailed(logger, module.Name, GuestErrorText.Of(exception), exception);
        }
        catch (OperationCanceledException exception)
        {
            Log.ConnectionEnded(logger, module.Name, exception);
        }
    }
}
