using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Serves connections, whose clients see how they end; the application sees why in its log.</summary>
internal static class GuestConnectionLog
{
    /// <returns>How it failed, or <see langword="null"/>.</returns>
    public static async Task<Exception?> ServeAsync<TContext>(
        IInvocationHost host, ChosenModule<TContext> chosen, GuestConnection connection, ILogger logger)
    {
        try
        {
            await chosen.RunAsync(module => host.ServeConnectionAsync(module, connection, CancellationToken.None)).ConfigureAwait(false);
            return null;
        }
        catch (GuestLimitException exception) when (GuestFailure.IsRefusal(exception))
        {
            Log.ConnectionWithoutRoom(logger, chosen.Name, exception.Message);
            return exception;
        }
        catch (GuestException exception)
        {
            Log.ConnectionFailed(logger, chosen.Name, GuestErrorText.Of(exception), exception);
            return exception;
        }
        catch (OperationCanceledException exception)
        {
            Log.ConnectionEnded(logger, chosen.Name, exception);
            return exception;
        }
    }
}
