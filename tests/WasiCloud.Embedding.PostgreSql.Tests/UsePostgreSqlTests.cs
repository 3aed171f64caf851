using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Setup;
using Xunit;

namespace WasiCloud.Embedding.PostgreSql.Tests;

public sealed class UsePostgreSqlTests
{
    [Fact]
    public async Task TwoScopes_InOneSchema_AreNamedAfterTheScopes()
    {
        var connectionString = (await SharedServer.NewScopeAsync()).ConnectionString;
        var (first, second) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        var services = new ServiceCollection();
        foreach (var name in new[] { first, second }) new Scope(name, services).UsePostgreSql(connectionString);
        await using var provider = services.BuildServiceProvider();
        var local = provider.GetRequiredKeyedService<IKeyValueBackend>(first);

        await local.CommitAsync(new(KeyValueOperation.Put("key", default)), default);

        local.Should().BeOfType<PostgreSqlKeyValueBackend>();
        (await provider.GetRequiredKeyedService<IKeyValueBackend>(second).GetAsync("key", 0, default)).Should().BeNull();
        await using var same = new PostgreSqlKeyValueBackend(new() { ConnectionString = connectionString, Scope = first });
        (await same.GetAsync("key", 0, default)).Should().NotBeNull();
    }

    [Fact]
    public void WrongOption_AtStart_IsNamed()
    {
        var services = new ServiceCollection();
        new Scope("local", services).UsePostgreSql(options => (options.ConnectionString, options.MaxConnections) = ("Host=localhost", 0));
        using var provider = services.BuildServiceProvider();

        var start = () => provider.GetRequiredService<IStartupValidator>().Validate();

        start.Should().Throw<OptionsValidationException>().WithMessage("*'local'*MaxConnections*");
    }

    [Theory]
    [InlineData("ConnectionString")]
    [InlineData("Schema")]
    [InlineData("Scope")]
    [InlineData("OperationTimeout")]
    [InlineData("MaxConnections")]
    [InlineData("HistoryLength")]
    [InlineData("PollInterval")]
    public void Options_OutOfRange_AreNamed(string name)
    {
        var options = new PostgreSqlKeyValueOptions { ConnectionString = "Host=localhost" };
        switch (name)
        {
            case nameof(options.ConnectionString): options.ConnectionString = "Password=hidden;Nonsense"; break;
            case nameof(options.Schema): options.Schema = "x\"; DROP"; break;
            case nameof(options.Scope): options.Scope = string.Empty; break;
            case nameof(options.OperationTimeout): options.OperationTimeout = TimeSpan.Zero; break;
            case nameof(options.MaxConnections): options.MaxConnections = 2; break;
            case nameof(options.HistoryLength): options.HistoryLength = 0; break;
            case nameof(options.PollInterval): options.PollInterval = TimeSpan.Zero; break;
        }

        var create = () => new PostgreSqlKeyValueBackend(options);

        create.Should().Throw<ArgumentException>().WithMessage($"*{nameof(PostgreSqlKeyValueOptions)}.{name} *").Which.Message.Should().NotContain("hidden");
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
