using System.Buffers;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Secrets;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests.Secrets;

/// <summary>Here, because the core references no more of configuration than its interfaces.</summary>
public sealed class ConfigurationSecretSourceTests
{
    private readonly Dictionary<string, string?> _values = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Secrets:payment-key"] = "k\u00e9y",
        ["Secrets:database:password"] = "nested",
        ["Secrets:empty"] = string.Empty,
        ["Secrets:nothing"] = null,
        ["Other:key"] = "outside",
    };

    private readonly Clock _clock = new() { Now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) };

    [Theory]
    [InlineData("payment-key", "k\u00e9y")]
    [InlineData("database:password", "nested")]
    [InlineData("empty", "")]
    [InlineData("nothing", null)]
    [InlineData("database", null)]
    [InlineData("Payment-Key", null)]
    [InlineData("DATABASE:PASSWORD", null)]
    [InlineData("missing", null)]
    [InlineData("", null)]
    [InlineData(":", null)]
    [InlineData("database:", null)]
    [InlineData("..:Other:key", null)]
    public async Task ReadAsync_OfAnyName_FindsWhatTheConfigurationLists(string name, string? expected)
    {
        using var source = Create(Build());

        (await ReadAsync(source, name)).Text.Should().Be(expected);
    }

    [Fact]
    public async Task ListAsync_ListsTheKeysThatHaveValues()
    {
        using var source = Create(Build());

        (await source.ListAsync(default).ToListAsync()).Should().BeEquivalentTo("payment-key", "database:password", "empty");
    }

    [Fact]
    public async Task ReadAsync_AfterAReload_GivesTheNewValueAndItsTime()
    {
        var configuration = Build();
        using var source = Create(configuration);
        var before = await ReadAsync(source, "payment-key");

        _clock.Now = _clock.Now.AddDays(1);
        (await ReadAsync(source, "payment-key")).Should().Be(before);
        configuration["Secrets:payment-key"] = "new";
        configuration.Reload();

        before.Set.Should().Be(_clock.Now.AddDays(-1));
        var after = await ReadAsync(source, "payment-key");
        after.Set.Should().Be(_clock.Now);
    }

    [Fact]
    public async Task FromConfiguration_TakesTheApplicationsOwn()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(Build());
        services.AddWasiCloud(options => options.ModuleCacheFolder = null).AddSecrets().FromConfiguration();
        await using var provider = services.BuildServiceProvider();

        (await ReadAsync(provider.GetRequiredService<ISecretSource>(), "payment-key")).Text.Should().Be("k\u00e9y");
    }

    private static async Task<(string? Text, DateTimeOffset? Set)> ReadAsync(ISecretSource source, string name)
    {
        var destination = new ArrayBufferWriter<byte>();
        var set = await source.ReadAsync(name, destination, CancellationToken.None);
        return (set is null ? null : Encoding.UTF8.GetString(destination.WrittenSpan), set);
    }

    private IConfigurationRoot Build() => new ConfigurationBuilder().AddInMemoryCollection(_values).Build();

    private ConfigurationSecretSource Create(IConfiguration configuration) => new(configuration, "Secrets", _clock);

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
