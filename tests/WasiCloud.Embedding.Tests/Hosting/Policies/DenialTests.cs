using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Policies;

/// <summary>What a policy denies is told to the audit: with module, tenant and path, once for each try, and not what does not exist.</summary>
public sealed class DenialTests : IAsyncTest
{
    private readonly Sink _sink = new();
    private readonly TestHost _host;

    public DenialTests() => _host = new TestHost(build: builder =>
    {
        builder.AddMount("/shared", FileAccess.ReadWrite, _ => new MemoryMount()).AddMount("/foreign", FileAccess.ReadWrite, _ => new TestMount());
        builder.Services.AddSingleton<IGuestAudit>(_sink);
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("/shared/new", "/shared rw", "lacks 'c'")]
    [InlineData("/shared/new", "/shared c", "lacks 'rw'")]
    [InlineData("/foreign/file", "/foreign r", "lacks 'w'")]
    public async Task Denial_IsToldOnce(string path, string policy, string detail)
    {
        var module = await _host.LoadTextAsync(OpenGuest.Text(path, writes: true, creates: true));

        var request = new InvocationRequest { Policy = GuestPolicy.Parse(policy), Tenant = "alice" };
        (await OpenGuest.ErrnoAsync(_host, module, request)).Should().Be(Errno.Access);

        var entry = _sink.Entries.Should().ContainSingle().Subject;
        entry.Should().Match<GuestAuditEntry>(
            it => it.Kind == GuestAuditKind.Denied && it.Module == "text" && it.Tenant == "alice" && it.Path == path && it.Detail == detail);
    }

    [Theory]
    [InlineData("/shared/new", "")]
    [InlineData("/shared/new", "/shared rwc")]
    [InlineData("/tmp/new", "/tmp -")]
    public async Task NoDenial_IsNotTold(string path, string policy)
    {
        var module = await _host.LoadTextAsync(OpenGuest.Text(path, writes: true, creates: true));

        await OpenGuest.ErrnoAsync(_host, module, new InvocationRequest { Policy = GuestPolicy.Parse(policy) });

        _sink.Entries.Should().BeEmpty();
    }

    private sealed class Sink : IGuestAudit
    {
        private readonly List<GuestAuditEntry> _entries = [];

        public IReadOnlyList<GuestAuditEntry> Entries
        {
            get
            {
                lock (_entries) return [.. _entries];
            }
        }

        public void Record(in GuestAuditEntry entry)
        {
            lock (_entries) _entries.Add(entry);
        }
    }
}
