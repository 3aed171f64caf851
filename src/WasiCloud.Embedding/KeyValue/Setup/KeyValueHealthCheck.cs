using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace WasiCloud.Embedding.KeyValue.Setup;

/// <summary>Asks a scope for its revision, which takes the way that commits take and changes nothing.</summary>
internal sealed class KeyValueHealthCheck(IKeyValueBackend backend) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            var result = await backend.CommitAsync(new KeyValueBatch(), cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy(data: new Dictionary<string, object>(StringComparer.Ordinal) { ["revision"] = result.Revision });
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception.Message, exception);
        }
    }
}
