using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Setup;
using Xunit;

namespace WasiCloud.Embedding.Sqlite.Tests;

public sealed class UseSqliteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Delete();

    [Fact]
    public async Task TwoScopes_OnOneFile_AreNamedAfterTheScopes()
    {
        var services = new ServiceCollection();
        foreach (var name in new[] { "local", "region" }) new Scope(name, services).UseSqlite(_folder.DatabasePath);
        await using var provider = services.BuildServiceProvider();
        var local = provider.GetRequiredKeyedService<IKeyValueBackend>("local");

        await local.CommitAsync(new(KeyValueOperation.Put("key", default)), default);

        local.Should().BeOfType<SqliteKeyValueBackend>();
        (await provider.GetRequiredKeyedService<IKeyValueBackend>("region").GetAsync("key", 0, default)).Should().BeNull();
        await using var same = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath, Scope = "local" });
        (await same.GetAsync("key", 0, default)).Should().NotBeNull();
    }

    [Fact]
    public void WrongOption_AtStart_IsNamed()
    {
        var services = new ServiceCollection();
        new Scope("local", services).UseSqlite(options => (options.Path, options.MaxReaders) = (_folder.DatabasePath, 0));
        using var provider = services.BuildServiceProvider();

        var start = () => provider.GetRequiredService<IStartupValidator>().Validate();

        start.Should().Throw<OptionsValidationException>().WithMessage("*'local'*MaxReaders*");
        File.Exists(_folder.DatabasePath).Should().BeFalse();
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
