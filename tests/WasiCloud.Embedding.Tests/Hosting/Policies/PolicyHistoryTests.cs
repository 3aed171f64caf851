using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Tests.Authority;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Policies;

/// <summary>The audit is told when modules of a name have another policy than before.</summary>
public sealed class PolicyHistoryTests : IAsyncTest
{
    private const string Nothing = """(module (memory (export "memory") 1) (func (export "_start")))""";

    private readonly RecordingAudit _audit = new();
    private readonly TestHost _host;

    public PolicyHistoryTests() => _host = new TestHost(build: builder => builder.Services.AddSingleton<IGuestAudit>(_audit));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Load_WithAnotherPolicyThanTheLast_IsAnEntryThatTellsTheDifference()
    {
        await LoadAsync("shop", "/tmp rwc\n/dev r\nlimit time 5s\n");
        await LoadAsync("shop", "/tmp rwc\n/dev r\nlimit time 5s\n");
        await LoadAsync("other", "/tmp r\n");
        _audit.Entries.Should().BeEmpty("the first is no change, nor is an equal one");

        await LoadAsync("shop", "/dev rw\n/tmp rwc\nlimit time 6s\n");

        var entry = _audit.Entries.Should().ContainSingle().Subject;
        (entry.Kind, entry.Module, entry.Tenant, entry.Invocation, entry.Path)
            .Should().Be((GuestAuditKind.PolicyChanged, "shop", null, string.Empty, string.Empty));
        entry.Detail.Should().Be("+ /dev rw; + limit time 6s; - /dev r; - limit time 5s");
        _host.Logs.Entries.Should().ContainSingle(logged => logged.Message.Contains("PolicyChanged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Load_WithoutAPolicyAfterOneWithIt_IsAnEntry()
    {
        await LoadAsync("shop", "/tmp r\n");
        await LoadAsync("shop", policy: null);
        await LoadAsync("shop", "/tmp r\n");

        _audit.Entries.Select(entry => entry.Detail).Should().Equal("has no policy any more", "had no policy");
    }

    [Fact]
    public async Task Load_ThatFails_IsNoChange()
    {
        await LoadAsync("shop", "/tmp r\n");

        var load = async () => await _host.Host.LoadAsync("no module"u8.ToArray(), "shop", new GuestModuleOptions { Policy = GuestPolicy.Nothing });

        await load.Should().ThrowAsync<InvalidGuestModuleException>();
        await LoadAsync("shop", "/tmp r\n");
        _audit.Entries.Should().BeEmpty();
    }

    private async Task LoadAsync(string name, string? policy)
    {
        var options = new GuestModuleOptions { Policy = policy is null ? null : GuestPolicy.Parse(policy) };
        using var module = await _host.Host.LoadAsync(TestHost.Assemble(Nothing), name, options);
    }
}
