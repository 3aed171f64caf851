using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.PostgreSql.Tests;

public sealed class PostgreSqlSchemaTests
{
    [Fact]
    public async Task FirstUse_ManyHostsAtOnce_AllSucceed()
    {
        var options = await SharedServer.NewSchemaAsync();
        var backends = Enumerable.Range(0, 8).Select(_ => new PostgreSqlKeyValueBackend(options)).ToList();

        await Task.WhenAll(backends.Select((backend, index) => backend.CommitAsync(new(KeyValueOperation.Put($"{index}", default)), default).AsTask()));

        (await backends[0].CommitAsync(new(), default)).Revision.Should().Be(8);
        foreach (var backend in backends) await backend.DisposeAsync();
    }

    [Fact]
    public async Task FirstUse_NewerSchema_SaysSo()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using (var first = new PostgreSqlKeyValueBackend(options)) await first.GetAsync("key", 0, default);
        await (await SharedServer.GetAsync()).QueryAsync($"UPDATE {options.Schema}.version SET version = 2");

        await using var second = new PostgreSqlKeyValueBackend(options);
        var get = async () => await second.GetAsync("key", 0, default);
        var put = async () => await second.CommitAsync(new(KeyValueOperation.Put("key", default)), default);

        await get.Should().ThrowAsync<PostgreSqlKeyValueException>().WithMessage($"*{options.Schema}*127.0.0.1*version 2*update*");
        await put.Should().ThrowAsync<PostgreSqlKeyValueException>().WithMessage("*version 2*update*");
    }

    [Fact]
    public async Task FirstUse_SchemaPreparedByAnAdministrator_NeedsNoRightToCreateSchemas()
    {
        var server = await SharedServer.GetAsync();
        var options = await SharedServer.NewSchemaAsync();
        var user = options.Schema + "_user";
        await server.QueryAsync($"CREATE USER {user}; CREATE SCHEMA {options.Schema} AUTHORIZATION {user}");
        options.ConnectionString = options.ConnectionString.Replace("Username=postgres", "Username=" + user, StringComparison.Ordinal);

        await using var backend = new PostgreSqlKeyValueBackend(options);

        (await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default)).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task Keys_WithAnyCharacter_AreKeptAndOrdered()
    {
        await using var backend = new PostgreSqlKeyValueBackend(await SharedServer.NewScopeAsync());
        string[] keys = ["\0", "\0\0", "\0a", "\u0001", "'", "\\", "a\0", "a\0b", "é", "\uffff", "😀"];
        foreach (var key in keys) await backend.CommitAsync(new(KeyValueOperation.Put(key, new byte[key.Length])), default);

        var listed = new List<string>();
        await foreach (var entry in backend.ListAsync(string.Empty, null, default)) listed.Add(entry.Key);

        listed.Should().Equal(keys);
        (await backend.GetAsync("a\0b", 9, default))!.Size.Should().Be(3);
    }

    [Fact]
    public async Task Value_OfManyMegabytes_IsTheSame()
    {
        await using var backend = new PostgreSqlKeyValueBackend(await SharedServer.NewScopeAsync());
        var value = new byte[20 << 20];
        new Random(1).NextBytes(value);

        await backend.CommitAsync(new(KeyValueOperation.Put("key", value)), default);

        (await backend.GetAsync("key", int.MaxValue, default))!.Value!.Value.Span.SequenceEqual(value).Should().BeTrue();
        (await backend.GetAsync("key", value.Length - 1, default))!.Value.Should().BeNull();
    }

    [Fact]
    public async Task Expires_FarthestTimes_AreKept()
    {
        await using var backend = new PostgreSqlKeyValueBackend(await SharedServer.NewScopeAsync());

        await backend.CommitAsync(
            new(KeyValueOperation.Put("late", default, expires: DateTimeOffset.MaxValue),
                KeyValueOperation.Put("early", default, expires: DateTimeOffset.MinValue)), default);

        (await backend.GetAsync("late", 0, default))!.Expires!.Value.Year.Should().Be(9999);
        (await backend.GetAsync("early", 0, default)).Should().BeNull();
    }
}
