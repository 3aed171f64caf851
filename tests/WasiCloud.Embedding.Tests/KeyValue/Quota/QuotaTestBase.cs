using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Quota;

/// <summary>Guests of one scope with a quota, each at <c>extra</c>, that use it by WASI calls.</summary>
public abstract class QuotaTestBase : IAsyncLifetime
{
    private readonly List<AbiGuest> _guests = [];
    private readonly Lock _lock = new();

    private protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private protected IKeyValueBackend Store { get; private set; } = null!;

    public Task InitializeAsync()
    {
        Store = NewStore();
        return Task.CompletedTask;
    }

    public virtual async Task DisposeAsync()
    {
        foreach (var guest in _guests) await guest.DisposeAsync();
    }

    private protected abstract IKeyValueBackend NewStore();

    private protected KeyValueMount NewMount(long bytes = long.MaxValue, long keys = long.MaxValue, IKeyValueBackend? store = null) =>
        new(store ?? Store, new() { MaxStoredBytes = bytes, MaxStoredKeys = keys }, Clock);

    private protected AbiGuest NewGuest(IVirtualMount mount)
    {
        var guest = new AbiGuest(HalfMode.Synchronous, extra: mount, time: Clock);
        lock (_lock) _guests.Add(guest);
        return guest;
    }

    private protected AbiGuest NewGuest(long bytes = long.MaxValue, long keys = long.MaxValue) => NewGuest(NewMount(bytes, keys));

    private protected static Task<uint> OpenAsync(
        AbiGuest guest, string path, OpenFlags open = OpenFlags.Create | OpenFlags.Truncate, Rights rights = Rights.FdWrite, DescriptorFlags flags = 0) =>
        guest.OpenAsync("extra/" + path, open, rights, flags);

    /// <summary>Opens, writes so many bytes and closes.</summary>
    /// <returns>What the close says.</returns>
    private protected static async Task<Errno> WriteAsync(AbiGuest guest, string path, int length)
    {
        var file = await OpenAsync(guest, path);
        if (length > 0) (await guest.WriteAsync(file, new string('x', length))).Error.Should().Be(Errno.Success);
        return await guest.CloseAsync(file);
    }

    private protected static async Task<Errno> WriteTextAsync(AbiGuest guest, string path, string text)
    {
        var file = await OpenAsync(guest, path, 0);
        (await guest.WriteAsync(file, text)).Error.Should().Be(Errno.Success);
        return await guest.CloseAsync(file);
    }

    private protected async Task PutAsync(string key, int length) =>
        (await Store.CommitAsync(new(KeyValueOperation.Put(key, new byte[length])), default)).Succeeded.Should().BeTrue();

    private protected async Task DeleteAsync(string key) => await Store.CommitAsync(new(KeyValueOperation.Delete(key)), default);

    /// <summary>All keys with the lengths of their values.</summary>
    private protected async Task<string> ContentAsync()
    {
        var content = new List<string>();
        await foreach (var entry in Store.ListAsync(string.Empty, null, default)) content.Add($"{entry.Key}:{entry.Size}");
        return string.Join(' ', content);
    }

    private protected async Task<(long Bytes, long Keys)> UsageAsync()
    {
        var (bytes, keys) = (0L, 0L);
        await foreach (var entry in Store.ListAsync(string.Empty, null, default))
            (bytes, keys) = (bytes + entry.Size + Encoding.UTF8.GetByteCount(entry.Key), keys + 1);
        return (bytes, keys);
    }
}
