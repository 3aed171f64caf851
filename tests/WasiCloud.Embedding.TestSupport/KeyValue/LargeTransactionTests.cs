using System.Globalization;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.Tests.KeyValue.Files;
using Xunit;

namespace WasiCloud.Embedding;

/// <summary>Transactions of <see cref="KeyValueMountOptions.MaxTransactionKeys"/> keys, as many as a guest may use: they are one batch for the store.</summary>
public abstract class LargeTransactionTests : IAsyncLifetime
{
    // Each key is read, and written: 4,096 altogether.
    private static readonly int Count = new KeyValueMountOptions().MaxTransactionKeys / 2;

    private IKeyValueBackend _store = null!;

    public async Task InitializeAsync() => _store = await CreateAsync();

    public virtual async Task DisposeAsync() => await ((IAsyncDisposable)_store).DisposeAsync();

    [Fact]
    public async Task Commit_AsManyKeysAsAllowed_HappensAtOnce()
    {
        var before = await FillAsync();
        var guest = await BeginAsync();
        for (var index = 0; index < Count; index++) await IncrementAsync(guest, index);

        (await CommitAsync(guest)).Should().Be(Errno.Success);

        (await _store.CommitAsync(new(), default)).Revision.Should().Be(before + 1);
        (await ReadAllAsync()).Should().OnlyContain(value => value == "2");
    }

    [Fact]
    public async Task Commit_LastOfManyKeysChangedMeanwhile_IsStaleAndNothingHappens()
    {
        await FillAsync();
        var guest = await BeginAsync();
        for (var index = 0; index < Count; index++) await IncrementAsync(guest, index);
        await _store.CommitAsync(new(KeyValueOperation.Put(Key(Count - 1), "7"u8.ToArray())), default);

        (await CommitAsync(guest)).Should().Be(Errno.Stale);

        (await ReadAllAsync()).Should().Equal([.. Enumerable.Repeat("1", Count - 1), "7"]);
    }

    [Fact]
    public async Task OneKeyMore_IsNoSpcAndTheOthersCanStillBeCommitted()
    {
        await FillAsync();
        await _store.CommitAsync(new(KeyValueOperation.Put("one more", default)), default);
        var guest = await BeginAsync();
        for (var index = 0; index < Count; index++) await IncrementAsync(guest, index);

        await guest.Awaiting(it => it.LookupAsync(".tx/t/one more")).Should().ThrowAsync<IOException>().WithMessage("*NoSpc*");

        (await CommitAsync(guest)).Should().Be(Errno.Success);
        (await ReadAllAsync()).Should().OnlyContain(value => value == "2");
    }

    [Fact]
    public async Task Stat_AfterMoreChangesThanAStoreLooksAt_IsStale()
    {
        const int Directories = 300, Changes = 18_000, BatchSize = 2000;
        var guest = await BeginAsync();
        for (var index = 0; index < Directories; index++)
            (await guest.LookupAsync(string.Create(CultureInfo.InvariantCulture, $".tx/t/d{index}"))).Error.Should().Be(Errno.NoEnt);
        for (var count = 0; count < Changes; count += BatchSize)
            await _store.CommitAsync(new([.. Enumerable.Range(0, BatchSize)
                .Select(index => KeyValueOperation.Put(string.Create(CultureInfo.InvariantCulture, $"x{index}"), default))]), default);

        await guest.Awaiting(it => it.LookupAsync(".tx/t/new")).Should().ThrowAsync<IOException>().WithMessage("*Stale*");
        await guest.Awaiting(it => CommitAsync(it)).Should().ThrowAsync<IOException>().WithMessage("*Stale*");
    }

    /// <summary>An empty scope.</summary>
    protected abstract Task<IKeyValueBackend> CreateAsync();

    private static string Key(int index) => string.Create(CultureInfo.InvariantCulture, $"k{index:0000}");

    private async Task<long> FillAsync() =>
        (await _store.CommitAsync(new([.. Enumerable.Range(0, Count).Select(index => KeyValueOperation.Put(Key(index), "1"u8.ToArray()))]), default)).Revision;

    private async Task<KeyValueGuest> BeginAsync()
    {
        var guest = await KeyValueGuest.AttachAsync(_store);
        (await guest.MakeDirectoryAsync(".tx/t")).Should().Be(Errno.Success);
        return guest;
    }

    private static async Task IncrementAsync(KeyValueGuest guest, int index)
    {
        var file = await guest.OpenAsync(".tx/t/" + Key(index), FileAccess.ReadWrite);
        var number = int.Parse(await ReadAsync(file), CultureInfo.InvariantCulture);
        await KeyValueGuest.WriteAsync(file, (number + 1).ToString(CultureInfo.InvariantCulture));
        (await KeyValueGuest.CloseAsync(file)).Should().Be(Errno.Success);
    }

    private static async Task<string> ReadAsync(FileHandle file)
    {
        var buffer = new byte[8];
        return Encoding.UTF8.GetString(buffer, 0, (await file.ReadAsync(buffer, 0, default)).Value);
    }

    private static Task<Errno> CommitAsync(KeyValueGuest guest) => guest.RenameAsync(".tx/t", ".tx/commit");

    private async Task<List<string>> ReadAllAsync()
    {
        var values = new List<string>();
        for (var index = 0; index < Count; index++) values.Add(Encoding.UTF8.GetString((await _store.GetAsync(Key(index), 100, default))!.Value!.Value.Span));
        return values;
    }
}
