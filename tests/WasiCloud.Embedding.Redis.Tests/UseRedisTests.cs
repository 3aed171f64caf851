using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Setup;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

public sealed class UseRedisTests
{
    [Fact]
    public async Task TwoScopes_OnOneServer_AreNamedAfterTheScopes()
    {
        var (configuration, prefix) = ((await SharedServer.GetAsync()).Configuration, Guid.NewGuid().ToString("N"));
        var services = new ServiceCollection();
        foreach (var name in new[] { "local", "region" })
            new Scope(name, services).UseRedis(options => (options.Configuration, options.KeyPrefix) = (configuration, prefix));
        await using var provider = services.BuildServiceProvider();
        var local = provider.GetRequiredKeyedService<IKeyValueBackend>("local");

        await local.CommitAsync(new(KeyValueOperation.Put("key", default)), default);

        local.Should().BeOfType<RedisKeyValueBackend>();
        (await provider.GetRequiredKeyedService<IKeyValueBackend>("region").GetAsync("key", 0, default)).Should().BeNull();
        await using var same = new RedisKeyValueBackend(new() { Configuration = configuration, KeyPrefix = prefix, Scope = "local" });
        (await same.GetAsync("key", 0, default)).Should().NotBeNull();
    }

    [Fact]
    public void WrongOption_AtStart_IsNamed()
    {
        var services = new ServiceCollection();
        new Scope("local", services).UseRedis(string.Empty);
        using var provider = services.BuildServiceProvider();

        var start = () => provider.GetRequiredService<IStartupValidator>().Validate();

        start.Should().Throw<OptionsValidationException>().WithMessage("*'local'*Configuration*localhost:6379*");
    }

    [Theory]
    [InlineData("Configuration")]
    [InlineData("ConfigurationOptions")]
    [InlineData("KeyPrefix")]
    [InlineData("Scope")]
    [InlineData("OperationTimeout")]
    [InlineData("HistoryLength")]
    [InlineData("PollInterval")]
    [InlineData("SweepInterval")]
    public void Options_OutOfRange_AreNamed(string name)
    {
        var options = new RedisKeyValueOptions { Configuration = "localhost" };
        switch (name)
        {
            case nameof(options.Configuration): options.Configuration = "localhost,noSuchOption=1"; break;
            case nameof(options.ConfigurationOptions): options.ConfigurationOptions = new(); break;
            case nameof(options.KeyPrefix): options.KeyPrefix = "a{b"; break;
            case nameof(options.Scope): options.Scope = "a}b"; break;
            case nameof(options.OperationTimeout): options.OperationTimeout = TimeSpan.Zero; break;
            case nameof(options.HistoryLength): options.HistoryLength = 0; break;
            case nameof(options.PollInterval): options.PollInterval = TimeSpan.Zero; break;
            case nameof(options.SweepInterval): options.SweepInterval = TimeSpan.Zero; break;
        }

        var create = () => new RedisKeyValueBackend(options);

        create.Should().Throw<ArgumentException>().WithMessage($"*{nameof(RedisKeyValueOptions)}.{name} is *");
    }

    private sealed class Scope(string name, IServiceCollection services) : IKeyValueScopeBuilder
    {
        public string Name => name;

        public IServiceCollection Services => services;

        public IKeyValueScopeBuilder UseBackend(Func<IServiceProvider, IKeyValueBackend> create)
        {
            services.AddKeyedSingleton(name, (provider, _) => create(provider));
            return this;
        }
    }
}
