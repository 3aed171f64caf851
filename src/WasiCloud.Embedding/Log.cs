using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding;

/// <summary>Every message this library logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "The compiled module '{Path}' is damaged or of another engine; it is deleted and compiled again.")]
    public static partial void CompiledModuleDamaged(ILogger logger, string path);

    [LoggerMessage(2, LogLevel.Warning, "The compiled module could not be stored in '{Folder}'; it will be compiled again at the next start.")]
    public static partial void CompiledModuleNotStored(ILogger logger, string folder, Exception exception);

    [LoggerMessage(3, LogLevel.Error, "Invocation {Invocation} of {Module}: {Function} on '{Path}' failed; the guest got EIO.")]
    public static partial void HostCallFailed(ILogger logger, string invocation, string module, string function, string path, Exception exception);

    [LoggerMessage(4, LogLevel.Information, "Invocation {Invocation} of {Module}, stdout: {Line}")]
    public static partial void StandardOutput(ILogger logger, string invocation, string module, string line);

    [LoggerMessage(5, LogLevel.Warning, "Invocation {Invocation} of {Module}, stderr: {Line}")]
    public static partial void StandardError(ILogger logger, string invocation, string module, string line);

    [LoggerMessage(6, LogLevel.Warning, "Compiled modules in '{Folder}' could not be read; the module is compiled again.")]
    public static partial void CompiledModuleNotRead(ILogger logger, string folder, Exception exception);

    [LoggerMessage(7, LogLevel.Error, "Invocation {Invocation} of {Module}: what it held could not be released.")]
    public static partial void ReleaseFailed(ILogger logger, string invocation, string module, Exception exception);

    [LoggerMessage(8, LogLevel.Error, "Invocation {Invocation} of {Module}: what was waiting did not take its cancellation well.")]
    public static partial void CancellationFailed(ILogger logger, string invocation, string module, Exception exception);

    [LoggerMessage(9, LogLevel.Error, "Invocation {Invocation} of {Module}: what it had left open could not be closed.")]
    public static partial void CloseFailed(ILogger logger, string invocation, string module, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "Guests cannot run on fibers here, because of the system or of its memory layout; they run on threads.")]
    public static partial void FibersNotPossible(ILogger logger);

    [LoggerMessage(11, LogLevel.Information, "Daemon {Daemon}: {Module} was started.")]
    public static partial void DaemonStarted(ILogger logger, string daemon, string module);

    [LoggerMessage(12, LogLevel.Information, "Daemon {Daemon}: {Module} ended by itself after {Uptime}.")]
    public static partial void DaemonEnded(ILogger logger, string daemon, string module, TimeSpan uptime);

    [LoggerMessage(13, LogLevel.Error, "Daemon {Daemon}: {Module} failed after {Uptime}. Its last words: {StandardError}")]
    public static partial void DaemonFailed(ILogger logger, string daemon, string module, TimeSpan uptime, string standardError, Exception exception);

    [LoggerMessage(14, LogLevel.Information, "Daemon {Daemon} is started again in {Delay}; it was {Restarts} times before.")]
    public static partial void DaemonWaits(ILogger logger, string daemon, TimeSpan delay, int restarts);

    [LoggerMessage(15, LogLevel.Critical, "Daemon {Daemon} has ended more than {MaxRestarts} times within {Window} and is not started again.")]
    public static partial void DaemonGivenUp(ILogger logger, string daemon, int maxRestarts, TimeSpan window);

    [LoggerMessage(16, LogLevel.Warning, "Daemon {Daemon} did not end within {GracePeriod} of being asked to; it is ended.")]
    public static partial void DaemonKilled(ILogger logger, string daemon, TimeSpan gracePeriod);

    [LoggerMessage(17, LogLevel.Information, "Daemon {Daemon} has stopped.")]
    public static partial void DaemonStopped(ILogger logger, string daemon);

    [LoggerMessage(18, LogLevel.Error, "The handler of the service '{Service}' failed; the caller got EIO.")]
    public static partial void RpcHandlerFailed(ILogger logger, string service, Exception exception);

    [LoggerMessage(19, LogLevel.Warning, "Invocation {Invocation} of {Module}: {Lines} lines ({Bytes} bytes) of its output were left out of the log.")]
    public static partial void OutputOmitted(ILogger logger, string invocation, string module, long lines, long bytes);

    [LoggerMessage(26, LogLevel.Information, "{Path} changed, and serves now; what has begun finishes on the old module.")]
    public static partial void ModuleReplaced(ILogger logger, string path);

    [LoggerMessage(27, LogLevel.Warning, "{Path} cannot be loaded; the old module stays: {Problem}")]
    public static partial void ModuleNotReplaced(ILogger logger, string path, string problem);

    [LoggerMessage(28, LogLevel.Error, "What is to be told of changes of {Path} failed.")]
    public static partial void ModuleChangeHandlerFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(34, LogLevel.Warning, "Module {Name} of tenant {Tenant} cannot be loaded: {Problem}")]
    public static partial void StoredModuleNotLoaded(ILogger logger, string name, string tenant, string problem);

    [LoggerMessage(35, LogLevel.Warning, "Module {Name} of tenant {Tenant} cannot be loaded; the old one stays: {Problem}")]
    public static partial void StoredModuleNotReplaced(ILogger logger, string name, string tenant, string problem);

    [LoggerMessage(36, LogLevel.Information, "Module {Name} of tenant {Tenant} changed, and serves now; what has begun finishes on the old one.")]
    public static partial void StoredModuleReplaced(ILogger logger, string name, string tenant);

    [LoggerMessage(41, LogLevel.Information, "The guests of {Module} run without a policy: they may do everything with every mount of this host.")]
    public static partial void RunsWithoutPolicy(ILogger logger, string module);

    [LoggerMessage(42, LogLevel.Warning, "A policy has a line for '{Path}', and {Problem}.")]
    public static partial void PolicyNamesNothing(ILogger logger, string path, string problem);

    [LoggerMessage(
        48, LogLevel.Warning,
        "A guest of {Module} has no tenant, and its policy grants a tenant's part only: it got EACCES. Set the tenant of its request. It is not told again.")]
    public static partial void TenantMissing(ILogger logger, string module);

    [LoggerMessage(40, LogLevel.Error, "Invocation {Invocation} of {Module}: its observer failed, and is told nothing more of it.")]
    public static partial void ObserverFailed(ILogger logger, string invocation, string module, Exception exception);

    [LoggerMessage(50, LogLevel.Information, "{Kind}: '{Path}', by invocation {Invocation} of {Module}, tenant {Tenant}; {Detail}")]
    public static partial void Audited(ILogger logger, string kind, string path, string invocation, string module, string? tenant, string? detail);

    [LoggerMessage(53, LogLevel.Warning, "{Kind}: '{Path}', by invocation {Invocation} of {Module}, tenant {Tenant}; {Detail}")]
    public static partial void AuditedDenial(ILogger logger, string kind, string path, string invocation, string module, string? tenant, string? detail);

    [LoggerMessage(51, LogLevel.Error, "The audit sink {Sink} failed; this is logged once. It is told of what follows nevertheless.")]
    public static partial void AuditSinkFailed(ILogger logger, string sink, Exception exception);

    [LoggerMessage(52, LogLevel.Warning, "{LeftOut} entries such as the next ({Kind}, {Module}) were left out of the log before it.")]
    public static partial void AuditOmitted(ILogger logger, long leftOut, string kind, string module);
}
