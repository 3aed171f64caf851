using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files.Control;

/// <summary>Guests of one scope, each at <c>extra</c>, that use the control names by WASI calls.</summary>
public abstract class ControlTestBase : IAsyncLifetime
{
    private protected const Rights ReadWrite = Rights.FdRead | Rights.FdWrite;

    private readonly List<AbiGuest> _guests = [];

    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private protected MemoryKeyValueBackend Backend { get; private set; } = null!;

    private protected AbiGuest Guest { get; private set; } = null!;

    private protected AbiGuest Other { get; private set; } = null!;

    public Task InitializeAsync()
    {
        Backend = new MemoryKeyValueBackend(Clock, historyLength: 64);
        var mount = NewMount(Backend);
        (Guest, Other) = (NewGuest(mount), NewGuest(mount));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var guest in _guests) await guest.DisposeAsync();
    }

    private protected virtual KeyValueMount NewMount(IKeyValueBackend backend, KeyValueMountOptions? options = null) => new(backend, options);

    private protected AbiGuest NewGuest(KeyValueMount mount, FileAccess access = FileAccess.ReadWrite)
    {
        var guest = new AbiGuest(HalfMode.Synchronous, extra: mount, time: Clock, extraAccess: access);
        _guests.Add(guest);
        return guest;
    }

    private protected AbiGuest NewTenant(string prefix) => NewGuest(NewMount(Backend, new() { Prefix = prefix }));

    private protected async Task<long> PutAsync(string key, string text = "")
    {
        var result = await Backend.CommitAsync(new(KeyValueOperation.Put(key, Encoding.UTF8.GetBytes(text))), default);
        result.Succeeded.Should().BeTrue();
        return result.Revision;
    }

    private protected async Task<long> DeleteAsync(string key) => (await Backend.CommitAsync(new(KeyValueOperation.Delete(key)), default)).Revision;

    private protected async Task<string?> GetAsync(string key)
    {
        var entry = await Backend.GetAsync(key, int.MaxValue, default);
        return entry is null ? null : Encoding.UTF8.GetString(entry.Value!.Value.Span);
    }

    private protected static async Task<Errno> OpenErrorAsync(
        AbiGuest guest, string path, OpenFlags open = 0, Rights rights = Rights.FdRead, DescriptorFlags flags = 0) =>
        (await guest.TryOpenAsync("extra/" + path, open, rights, flags).WaitAsync(Patience)).Error;

    private protected static Task<uint> OpenAsync(AbiGuest guest, string path, OpenFlags open = 0, Rights rights = Rights.FdRead, DescriptorFlags flags = 0) =>
        guest.OpenAsync("extra/" + path, open, rights, flags).WaitAsync(Patience);

    /// <summary>Opens, reads once and closes.</summary>
    private protected static async Task<string> ReadAsync(AbiGuest guest, string path)
    {
        var file = await OpenAsync(guest, path);
        var (error, text) = await guest.ReadAsync(file, 4000).WaitAsync(Patience);
        error.Should().Be(Errno.Success);
        (await guest.CloseAsync(file)).Should().Be(Errno.Success);
        return text;
    }

    /// <summary>Opens for writing, writes and closes.</summary>
    /// <returns>What the close says.</returns>
    private protected static async Task<Errno> WriteAsync(AbiGuest guest, string path, string text)
    {
        var file = await OpenAsync(guest, path, OpenFlags.Create | OpenFlags.Truncate, Rights.FdWrite);
        (await guest.WriteAsync(file, text)).Error.Should().Be(Errno.Success);
        return await guest.CloseAsync(file);
    }

    private protected static async Task<List<string>> ListAsync(AbiGuest guest, string path)
    {
        var found = (await guest.TryOpenAsync("extra/" + path, OpenFlags.Directory)).Number;
        guest.Descriptors.TryGet(found, out var descriptor).Should().BeTrue();
        var names = new List<string>();
        await foreach (var entry in descriptor!.Directory!.EnumerateAsync(default)) names.Add(entry.Name);
        await guest.CloseAsync(found);
        return names;
    }
}
