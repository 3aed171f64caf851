using System.Collections.Concurrent;
using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding.Tests.Authority;

/// <summary>Keeps everything that it is told.</summary>
internal sealed class RecordingAudit : IGuestAudit
{
    private readonly ConcurrentQueue<GuestAuditEntry> _entries = [];

    public IReadOnlyList<GuestAuditEntry> Entries => [.. _entries];

    public void Record(in GuestAuditEntry entry) => _entries.Enqueue(entry);
}
