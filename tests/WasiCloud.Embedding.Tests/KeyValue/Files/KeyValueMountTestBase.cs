using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Testing.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>A backend and two guests on it.</summary>
public abstract class KeyValueMountTestBase : IAsyncLifetime
{
    private protected ManualTimeProvider Clock { get; } = new();

    private protected MemoryKeyValueBackend Backend { get; private set; } = null!;

    private protected KeyValueGuest Guest { get; private set; } = null!;

    private protected KeyValueGuest Other { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Backend = new MemoryKeyValueBackend(Clock);
        Guest = await KeyValueGuest.AttachAsync(Backend, clock: Clock);
        Other = await KeyValueGuest.AttachAsync(Backend, clock: Clock);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private protected async Task PutAsync(string key, string text = "")
    {
        var result = await Backend.CommitAsync(new(KeyValueOperation.Put(key, Encoding.UTF8.GetBytes(text))), default);
        result.Succeeded.Should().BeTrue();
    }

    private protected async Task DeleteAsync(string key) => await Backend.CommitAsync(new(KeyValueOperation.Delete(key)), default);

    private protected async Task<string?> GetAsync(string key)
    {
        var entry = await Backend.GetAsync(key, int.MaxValue, default);
        return entry is null ? null : Encoding.UTF8.GetString(entry.Value!.Value.Span);
    }

    private protected async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (var entry in Backend.ListAsync(string.Empty, null, default)) keys.Add(entry.Key);
        return keys;
    }
}
