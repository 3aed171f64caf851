using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Authority.Audit;

/// <summary>Where entries of the audit go: to the log, as many as it is to have, and to all sinks of the application. Thread-safe.</summary>
internal sealed class AuditTrail(
    IEnumerable<IGuestAudit> sinks, IOptions<WasiCloudOptions> options, TimeProvider timeProvider, ILoggerFactory? loggers = null)
{
    /// <summary>The log category.</summary>
    public const string Category = "WasiCloud.Audit";

    private const int MaxPathLength = 1 << 10;
    private const int MaxDetailLength = 1 << 10;

    private readonly ILogger _logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger(Category);
    private readonly AuditRate _rate = new(options.Value.MaxAuditEntriesPerSecond, timeProvider);
    private readonly IGuestAudit[] _sinks = [.. sinks];
    private readonly ConcurrentDictionary<IGuestAudit, bool> _failed = new(ReferenceEqualityComparer.Instance);

    /// <summary>Tells of something that a guest did.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="kind">What it did.</param>
    /// <param name="path">The path concerned, as the guest gave it or as it is.</param>
    /// <param name="detail">What else there is to say.</param>
    public void Record(InvocationContext guest, GuestAuditKind kind, string path, string? detail = null) => Record(new GuestAuditEntry(
        kind, guest.Module, guest.Tenant, guest.Id, SafeText.Of(guest.Mask?.Of(path) ?? path, MaxPathLength), timeProvider.GetUtcNow(),
        detail is null ? null : SafeText.Of(guest.Mask?.Of(detail) ?? detail, MaxDetailLength)));

    /// <summary>Tells of something that has nothing to do with a guest, or of which all texts are safe to show.</summary>
    public void Record(in GuestAuditEntry entry)
    {
        var isDenial = entry.Kind == GuestAuditKind.Denied;
        if (_logger.IsEnabled(isDenial ? LogLevel.Warning : LogLevel.Information) && _rate.TryTake(entry.Kind, entry.Module, out var leftOut))
        {
            var kind = entry.Kind.ToString();
            if (leftOut > 0) Log.AuditOmitted(_logger, leftOut, kind, entry.Module);
            if (isDenial) Log.AuditedDenial(_logger, kind, entry.Path, entry.Invocation, entry.Module, entry.Tenant, entry.Detail);
            else Log.Audited(_logger, kind, entry.Path, entry.Invocation, entry.Module, entry.Tenant, entry.Detail);
        }

        foreach (var sink in _sinks)
        {
            try
            {
                sink.Record(entry);
            }
            catch (Exception exception)
            {
                if (_failed.TryAdd(sink, true)) Log.AuditSinkFailed(_logger, sink.GetType().ToString(), ExceptionText.ForLog(exception));
            }
        }
    }
}
