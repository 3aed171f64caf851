using System.Buffers;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Secrets;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Policies;

/// <summary>What a policy names and nobody has is a slip of the pen: the log tells, once, when the policy is made ready.</summary>
public sealed class PolicyWarningTests
{
    private const int NamesNothing = 42;
    private const string Nothing = """(module (memory (export "memory") 1) (func (export "_start")))""";

    [Theory]
    [InlineData("/beta/kv/locla r", "A policy has a line for '/beta/kv/locla', and no mount has it; the nearest name is '/beta/kv/local'.")]
    [InlineData("/srv r", "A policy has a line for '/srv', and no mount has it; the nearest name is *")]
    [InlineData("/beta/secrets/pament-key r", "*'/beta/secrets/pament-key', and there is no 'pament-key' in /beta/secrets; the nearest name is 'payment-key'.")]
    [InlineData("/beta/rpc/prices/call rw", "*'/beta/rpc/prices/call', and there is no 'prices' in /beta/rpc; the nearest name is 'price'.")]
    [InlineData("/beta/topic/new w", "*'/beta/topic/new', and there is no 'new' in /beta/topic; the nearest name is 'news'.")]
    public async Task Load_WithAPolicyThatNamesWhatThereIsNot_WarnsOnce(string line, string expected)
    {
        await using var host = CreateHost();
        var options = new GuestModuleOptions { Policy = GuestPolicy.Parse(line) };

        using var module = await host.LoadTextAsync(Nothing, options);
        await TestHost.UntilAsync(() => host.Logs[NamesNothing].Count > 0);
        host.Logs[NamesNothing].Should().ContainSingle().Which.Message.Should().Match(expected);

        using var another = await host.LoadTextAsync(Nothing, new GuestModuleOptions { Policy = GuestPolicy.Parse(line) });
        for (var run = 0; run < 3; run++) await host.RunAsync(another, new InvocationRequest { Policy = GuestPolicy.Parse(line + "\n/tmp rwc\n") });
        await LoadWithALaterWarningAsync(host);
        host.Logs[NamesNothing].Should().HaveCount(2);
    }

    [Fact]
    public async Task Load_WithAPolicyThatNamesWhatThereIs_DoesNotWarn()
    {
        await using var host = CreateHost();

        using var module = await host.LoadTextAsync(Nothing, new GuestModuleOptions
        {
            Policy = GuestPolicy.Parse("""
                /beta/kv/local/any rwc
                /beta/secrets r
                /beta/secrets/payment-key r
                /beta/secrets/hidden -
                /beta/rpc/price/call rw
                /beta/topic/news r
                /tmp -
                """),
        });

        await LoadWithALaterWarningAsync(host);
        host.Logs[NamesNothing].Should().ContainSingle("of the later one");
    }

    [Fact]
    public async Task Load_WithASourceOfSecretsThatFails_SaysThatItIsNotKnown()
    {
        await using var host = CreateHost(new FailingSource());

        using var module = await host.LoadTextAsync(Nothing, new GuestModuleOptions { Policy = GuestPolicy.Parse("/beta/secrets/key r") });

        await TestHost.UntilAsync(() => host.Logs[NamesNothing].Count > 0);
        host.Logs[NamesNothing].Should().ContainSingle().Which.Message.Should().Contain("it is not known whether there is such a thing: the vault is closed");
    }

    [Fact]
    public async Task Load_WithATenantsLineWhereThereAreNoParts_IsRefusedNamingTheModule()
    {
        await using var host = CreateHost();

        var load = () => host.LoadTextAsync(Nothing, new GuestModuleOptions { Policy = GuestPolicy.Parse("/beta/secrets r tenant") });

        await load.Should().ThrowAsync<InvalidGuestModuleException>().WithMessage(
            "The module 'text' cannot have its policy here: The policy's line for '/beta/secrets' says 'tenant', and the mount *no parts for tenants.");
    }

    [Fact]
    public async Task Host_WithAPolicyOfItsOwn_WarnsWithTheFirstModule()
    {
        await using var host = CreateHost(policy: GuestPolicy.Parse("/beta/secrets/absent r"));

        using var module = await host.LoadTextAsync(Nothing);

        await TestHost.UntilAsync(() => host.Logs[NamesNothing].Count > 0);
    }

    [Fact]
    public async Task Requests_WithPoliciesOfTheirOwn_DoNotFillTheLog()
    {
        await using var host = CreateHost();
        using var module = await host.LoadTextAsync(Nothing);

        for (var request = 0; request < 1_200; request++)
            await host.RunAsync(module, new InvocationRequest { Policy = new GuestPolicyBuilder().Allow($"/no/{request}", GuestAccess.Read).Build() });

        host.Logs[NamesNothing].Should().HaveCount(1_000);
    }

    // What is checked later is told later, so that what was checked before has been told.
    private static async Task LoadWithALaterWarningAsync(TestHost host)
    {
        var before = host.Logs[NamesNothing].Count;
        using var module = await host.LoadTextAsync(Nothing, new GuestModuleOptions { Policy = GuestPolicy.Parse("/beta/secrets/later r") });
        await TestHost.UntilAsync(() => host.Logs[NamesNothing].Count > before);
    }

    private static TestHost CreateHost(ISecretSource? source = null, GuestPolicy? policy = null) => new(
        options => options.Policy = policy,
        builder =>
        {
            builder.AddKeyValue(keyValue => keyValue.Scope("local").UseMemory()).AddTopic("news").AddRpcService("price");
            var secrets = builder.AddSecrets();
            if (source is not null) secrets.From(_ => source);
            var memory = new MemorySecretSource();
            memory.Set("payment-key", "1234"u8);
            secrets.FromMemory(memory);
        });

    private sealed class FailingSource : ISecretSource
    {
        public ValueTask<DateTimeOffset?> ReadAsync(string name, IBufferWriter<byte> destination, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("the vault is closed");

        public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("the vault is closed");
    }
}
