namespace WasiCloud.Embedding.Authority;

/// <summary>
/// Is told of what guests are refused, of the secrets that they read, of their calls to the outside and of changes of policies. Each one that is registered
/// as a service of the application gets every entry; the log category <c>WasiCloud.Audit</c> gets them besides, up to
/// <see cref="WasiCloudOptions.MaxAuditEntriesPerSecond"/>.
/// </summary>
public interface IGuestAudit
{
    /// <summary>Takes an entry. Called before the guest goes on, from many threads at once: it is not to wait.</summary>
    /// <param name="entry">The entry.</param>
    /// <remarks>An exception is logged, once for each sink, and changes nothing for the guest, nor for other sinks.</remarks>
    void Record(in GuestAuditEntry entry);
}
