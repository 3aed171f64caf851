namespace WasiCloud.Embedding.Authority;

/// <summary>
/// The limits of a policy. Each is a most, and lowers what options and request say; it never raises it. What is <see langword="null"/> is not limited by the
/// policy.
/// </summary>
public sealed record GuestLimits
{
    /// <summary>How long a guest, or a call of an instance, may run. More than 0. Text: <c>limit time 5s</c>.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>How long a guest, or a call of an instance, may compute. More than 0. Text: <c>limit cpu-time 500ms</c>.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>What a guest, or a call of an instance, may burn, where fuel is counted. 0 or more. Text: <c>limit fuel 1000000</c>.</summary>
    public long? Fuel { get; init; }

    /// <summary>Linear memory in bytes, 64 KiB or more. Text: <c>limit memory 64MiB</c>.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>WebAssembly stack in bytes, 64 KiB or more. Decided when a module is loaded. Text: <c>limit stack 256KiB</c>.</summary>
    public long? StackBytes { get; init; }

    /// <summary>Open descriptors, 4 or more. Text: <c>limit descriptors 64</c>.</summary>
    public long? Descriptors { get; init; }

    /// <summary>Bytes of a response body. 0 or more. Text: <c>limit output 1MiB</c>.</summary>
    public long? OutputBytes { get; init; }

    /// <summary>Characters that a guest writes to the log. 0 or more. Text: <c>limit log-bytes 64KiB</c>.</summary>
    public long? LogBytes { get; init; }

    /// <summary>Lines that a guest writes to the log. 0 or more. Text: <c>limit log-lines 100</c>.</summary>
    public long? LogLines { get; init; }

    /// <summary>Bytes of a guest's own <c>/tmp</c>. 0 or more. Text: <c>limit temporary-bytes 1MiB</c>.</summary>
    public long? TemporaryBytes { get; init; }

    /// <summary>Files, directories and links of a guest's own <c>/tmp</c>. 0 or more. Text: <c>limit temporary-files 100</c>.</summary>
    public long? TemporaryFiles { get; init; }

    /// <summary>Guests of the module that run at one time. 1 or more. Decided when a module is loaded. Text: <c>limit invocations 10</c>.</summary>
    public long? Invocations { get; init; }

    /// <summary>Guests of the invocation's tenant that run at one time. 1 or more. Text: <c>limit tenant-invocations 4</c>.</summary>
    public long? TenantInvocations { get; init; }

    /// <summary>
    /// Guests, connections and requests to daemons of the invocation's tenant that begin within a second; so many may begin at once. 1 or more. Text:
    /// <c>limit tenant-calls-per-second 50</c>.
    /// </summary>
    public long? TenantCallsPerSecond { get; init; }

    /// <summary>
    /// Bytes that the tenant's part of each mount may hold, of those that are counted: key-value scopes, folders, memory. 0 or more. Text:
    /// <c>limit tenant-stored-bytes 64MiB</c>.
    /// </summary>
    public long? TenantStoredBytes { get; init; }

    /// <summary>
    /// Keys, or files and directories, that the tenant's part of each mount may hold. 0 or more. Text: <c>limit tenant-stored-keys 10000</c>.
    /// </summary>
    public long? TenantStoredKeys { get; init; }

    /// <summary>
    /// Bytes of values that the tenant's guests hold in the host's memory together: what is open and written, and transactions, of key-value scopes. 0 or more.
    /// Text: <c>limit tenant-open-bytes 16MiB</c>.
    /// </summary>
    public long? TenantOpenBytes { get; init; }

    /// <summary>
    /// Characters that the tenant's guests write to the log within a second, together. 0 or more. Text: <c>limit tenant-log-bytes-per-second 64KiB</c>.
    /// </summary>
    public long? TenantLogBytesPerSecond { get; init; }

    /// <summary>
    /// How long the tenant's guests may compute within a second, together; on several processors that may be more than a second. A guest that computes when
    /// that is over is ended, and until the second is over none begins. More than 0. Text: <c>limit tenant-cpu-time-per-second 500ms</c>.
    /// </summary>
    public TimeSpan? TenantCpuTimePerSecond { get; init; }

    /// <summary>None.</summary>
    internal static GuestLimits None { get; } = new();

    /// <summary>Of each limit the smaller one.</summary>
    internal GuestLimits Intersect(GuestLimits other)
    {
        if (ReferenceEquals(this, other) || other == None) return this;
        if (this == None) return other;
        var result = this;
        foreach (var kind in LimitKind.All)
        {
            if (kind.Get(other) is { } value && (kind.Get(result) is not { } own || value < own)) result = kind.With(result, value);
        }

        return result;
    }

    /// <summary>Of each limit the larger one; none where one of both has none.</summary>
    internal GuestLimits Unite(GuestLimits other)
    {
        var result = None;
        foreach (var kind in LimitKind.All)
        {
            if (kind.Get(this) is { } one && kind.Get(other) is { } another) result = kind.With(result, Math.Max(one, another));
        }

        return result;
    }
}
