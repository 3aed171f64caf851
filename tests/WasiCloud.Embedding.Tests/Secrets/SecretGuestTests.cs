using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Secrets;
using WasiCloud.Embedding.Tests.Authority;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Secrets;

/// <summary>Programs that use secrets: <c>guests/c/bearer.c</c> and <c>guests/go/webhook.go</c>.</summary>
public sealed class SecretGuestTests : IAsyncTest
{
    private readonly MemorySecretSource _secrets = new();
    private readonly RecordingAudit _audit = new();
    private readonly TestHost _host;

    public SecretGuestTests() => _host = new TestHost(build: builder =>
    {
        builder.AddSecrets().FromMemory(_secrets);
        builder.Services.AddSingleton<IGuestAudit>(_audit);
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Bearer_InC_LetsInWhoKnowsTheTokenOfThisMoment()
    {
        var module = await _host.LoadGuestAsync("bearer");
        _secrets.Set("token", "open-sesame\n"u8);

        (await StatusOfAsync("Bearer open-sesame")).Should().Be(204);
        (await StatusOfAsync("bearer open-sesame")).Should().Be(204);
        (await StatusOfAsync("Bearer open-sesam")).Should().Be(401);
        (await StatusOfAsync("Bearer open-sesame\u00e9")).Should().Be(401);
        (await StatusOfAsync(field: null)).Should().Be(401);
        _secrets.Set("token", "changed"u8);
        (await StatusOfAsync("Bearer open-sesame")).Should().Be(401);
        (await StatusOfAsync("Bearer changed")).Should().Be(204);

        Task<int> StatusOfAsync(string? field) => RequestAsync(module, "token", ("Authorization", field), []);
    }

    [Fact]
    public async Task Webhook_InGo_TakesWhatIsSignedWithTheKeyOfThisMoment()
    {
        var module = await _host.LoadGuestAsync("webhook");
        _secrets.Set("key", "a key\n"u8);
        byte[] body = [.. "{\"event\":\"paid\"}"u8];
        var signature = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData("a key"u8, body));

        (await StatusOfAsync(signature)).Should().Be(204);
        (await StatusOfAsync("sha256=" + new string('0', 64))).Should().Be(401);
        (await StatusOfAsync("sha256=none")).Should().Be(401);
        (await StatusOfAsync(field: null)).Should().Be(401);
        _secrets.Set("key", "another"u8);
        (await StatusOfAsync(signature)).Should().Be(401);

        Task<int> StatusOfAsync(string? field) => RequestAsync(module, "key", ("X-Signature-256", field), body);
    }

    [Fact]
    public async Task Guest_WithoutTheSecret_FailsWithNoEnt()
    {
        foreach (var guest in new[] { "bearer", "webhook" })
        {
            var module = await _host.LoadGuestAsync(guest);
            var running = () => _host.RunAsync(module, TestHost.WithArguments("missing"));

            (await running.Should().ThrowAsync<GuestExitException>()).Which.StandardError.Should().ContainEquivalentOf("no such file");
        }

        _audit.Entries.Should().BeEmpty();
    }

    [Fact]
    public async Task Audit_OfAGuest_TellsWhoReadWhat()
    {
        _secrets.Set("token", "open-sesame"u8);

        await _host.RunAsync(await _host.LoadGuestAsync("bearer"), TestHost.WithArguments("token") with { Tenant = "alice" });

        var entry = _audit.Entries.Should().ContainSingle().Subject;
        (entry.Kind, entry.Module, entry.Tenant, entry.Path).Should().Be((GuestAuditKind.SecretRead, "bearer", "alice", "/beta/secrets/token"));
        entry.ToString().Should().NotContain("sesame");
        _host.Logs[50].Should().ContainSingle().Which.Values["Invocation"].Should().Be(entry.Invocation);
    }

    [Fact]
    public void AddSecrets_Twice_IsOneMountAndAllSources()
    {
        _secrets.Set("a", "value"u8);
        var other = new MemorySecretSource();
        other.Set("b", "value"u8);
        var services = new ServiceCollection();
        var builder = services.AddWasiCloud(options => options.ModuleCacheFolder = null);
        builder.AddSecrets().FromMemory(_secrets);
        builder.AddSecrets().FromMemory(other);

        services.Count(service => service.ImplementationInstance is MountRegistration { GuestPath: "/beta/secrets", Access: FileAccess.Read }).Should().Be(1);
        using var provider = services.BuildServiceProvider();
        provider.GetServices<ISecretSource>().Should().Equal(_secrets, other);
    }

    [Theory]
    [InlineData(0, 1, "MaxSecretBytes")]
    [InlineData((1 << 20) + 1, 1, "MaxSecretBytes")]
    [InlineData(1, 0, "MaxSecretsPerInvocation")]
    [InlineData(1, 1_025, "MaxSecretsPerInvocation")]
    public void Options_OutOfTheirRange_AreRefused(int bytes, int secrets, string option)
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options => options.ModuleCacheFolder = null)
            .ConfigureSecrets(options => (options.MaxSecretBytes, options.MaxSecretsPerInvocation) = (bytes, secrets))
            .AddSecrets();
        using var provider = services.BuildServiceProvider();

        provider.Invoking(provider => provider.GetRequiredService<IInvocationHost>()).Should().Throw<Exception>().WithMessage($"*{option}*");
    }

    private async Task<int> RequestAsync(GuestModule module, string secret, (string Name, string? Value) field, byte[] body)
    {
        var request = new InvocationRequest { Method = "POST", Arguments = [secret] };
        if (body.Length > 0) request = request.WithBody(body);
        if (field.Value is not null) request.Headers.Add(field.Name, field.Value);
        await using var response = await _host.Host.InvokeAsync(module, request).WaitAsync(TestHost.Patience);
        await response.Completion.WaitAsync(TestHost.Patience);
        return response.StatusCode;
    }
}
