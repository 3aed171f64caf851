using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.Tests.KeyValue.Files;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue;

/// <summary>Tenants in one scope: none learns of, reaches, locks or fills what belongs to another or to all.</summary>
public abstract class TenantScopeTests : IAsyncLifetime
{
    private static readonly string[] s_tenants =
    [
        "a", "ab", "a/b", "a/", "/a", "a%2Fb", "a%2fb", "A", "..", ".", ".tenant", ".lock", "a b", "\u00e4", "a\u0308", "%C3%A4", "\U0001F600", "*",
        new('x', 255), new string('x', 254) + "y", string.Concat(Enumerable.Repeat("\u00e4", 127)), string.Concat(Enumerable.Repeat("\u00e4", 126)) + "b",
    ];

    private static readonly string[] s_names = ["of-all", "of-a", "of-ab"];

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private IKeyValueBackend _backend = null!;

    public async Task InitializeAsync() => _backend = await CreateAsync();

    public virtual async Task DisposeAsync()
    {
        if (_backend is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }

    [Fact]
    public async Task Keys_OfEachTenant_AreItsOwn()
    {
        var mount = new KeyValueMount(_backend);
        var shared = await KeyValueGuest.AttachAsync(mount);
        foreach (var tenant in s_tenants) await FillAsync(await AttachAsync(mount, tenant), tenant);
        await FillAsync(shared, "all");

        foreach (var tenant in s_tenants) await CheckAsync(await AttachAsync(mount, tenant), tenant);
        await CheckAsync(shared, "all");
    }

    [Fact]
    public async Task Keys_OfATenant_CanBeSpelledByNobodyElse()
    {
        var mount = new KeyValueMount(_backend);
        await FillAsync(await AttachAsync(mount, "a"), "a");
        var others = new[] { await KeyValueGuest.AttachAsync(mount), await AttachAsync(mount, "b"), await AttachAsync(mount, "ab") };

        foreach (var other in others)
        {
            await other.MakeDirectoryAsync(".tx/t");
            foreach (var start in new[] { string.Empty, ".meta/", ".watch/", ".lock/", ".tx/t/" })
            {
                foreach (var end in new[] { ".tenant", ".tenant/a", ".tenant/a/key", ".tenant/.all" })
                    (await TryWalkAsync(other.Root, start + end)).Should().Be(Errno.NoEnt, start + end);
            }

            (await other.Root.CreateFileAsync(".tenant", exclusive: false, default)).Error.Should().Be(Errno.Access);
            (await other.Root.CreateDirectoryAsync(".tenant", default)).Should().Be(Errno.Access);
            (await other.WriteAsync("mine", "x")).Should().Be(Errno.Success);
            (await other.Root.RenameAsync("mine", other.Root, ".tenant", default)).Should().Be(Errno.Access);
            (await other.Root.RemoveFileAsync(".tenant", default)).Should().Be(Errno.NoEnt);
        }
    }

    [Fact]
    public async Task Rename_FromOnePartToAnother_IsRefused()
    {
        var mount = new KeyValueMount(_backend);
        var (first, second, shared) = (await AttachAsync(mount, "a"), await AttachAsync(mount, "b"), await KeyValueGuest.AttachAsync(mount));
        await first.WriteAsync("key", "a");

        (await first.Root.RenameAsync("key", second.Root, "key", default)).Should().Be(Errno.XDev);
        (await first.Root.RenameAsync("key", shared.Root, "key", default)).Should().Be(Errno.XDev);
        (await shared.Root.RenameAsync("key", first.Root, "key", default)).Should().Be(Errno.XDev);
    }

    [Fact]
    public async Task Locks_OfOneName_AreHeldByEachTenant()
    {
        var mount = new KeyValueMount(_backend);
        var handles = new List<FileHandle>();
        foreach (var tenant in s_tenants.Append(null)) handles.Add(await LockAsync(mount, tenant, "d/name", Errno.Success));

        foreach (var tenant in s_tenants.Append(null)) await LockAsync(mount, tenant, "d/name", Errno.Again);
        foreach (var handle in handles) await KeyValueGuest.CloseAsync(handle);
        await KeyValueGuest.CloseAsync(await LockAsync(mount, "a", "d/name", Errno.Success));
    }

    [Fact]
    public async Task Watch_TellsOfNobodyElse()
    {
        var mount = new KeyValueMount(_backend);
        var (shared, first, second) = (await KeyValueGuest.AttachAsync(mount), await AttachAsync(mount, "a"), await AttachAsync(mount, "ab"));
        var watches = new List<FileHandle>();
        foreach (var guest in new[] { shared, first, second }) watches.Add(await guest.OpenAsync(".watch/.all", FileAccess.Read));

        foreach (var (guest, name) in new[] { (second, "of-ab"), (first, "of-a"), (shared, "of-all") })
        {
            await guest.WriteAsync(name, "x");
            (await guest.MakeDirectoryAsync("d")).Should().Be(Errno.Success);
            await guest.WriteAsync("d/" + name, "x");
        }

        foreach (var (watch, name) in watches.Zip(s_names))
        {
            var text = await KeyValueGuest.TextAsync(watch).WaitAsync(s_patience);
            text.Should().Contain($"\"{name}\"").And.NotContain("tenant");
            foreach (var other in s_names.Where(other => other != name)) text.Should().NotContain($"{other}\"");
            await KeyValueGuest.CloseAsync(watch);
        }
    }

    [Fact]
    public async Task Transactions_OfTenants_DoNotMeet()
    {
        var mount = new KeyValueMount(_backend);
        var (first, second) = (await AttachAsync(mount, "a"), await AttachAsync(mount, "b"));
        foreach (var guest in new[] { first, second })
        {
            await guest.WriteAsync("n", "0");
            (await guest.MakeDirectoryAsync(".tx/t")).Should().Be(Errno.Success);
        }

        (await first.ReadAsync(".tx/t/n")).Should().Be("0");
        (await first.ListAsync(".tx/t")).Should().Equal("n");
        await second.WriteAsync("n", "1");
        await second.WriteAsync("more", "1");
        await first.WriteAsync(".tx/t/n", "2");
        (await first.RenameAsync(".tx/t", ".tx/commit")).Should().Be(Errno.Success);
        (await first.ReadAsync("n")).Should().Be("2");
        (await second.ReadAsync("n")).Should().Be("1");
    }

    [Fact]
    public async Task Quota_IsThatOfEachTenant_AndOfAllOthers()
    {
        var mount = new KeyValueMount(_backend, new KeyValueMountOptions { MaxStoredKeys = 10, MaxStoredBytes = 10_000 });
        var guests = new List<KeyValueGuest> { await KeyValueGuest.AttachAsync(mount) };
        foreach (var tenant in new[] { "a", "ab", "b" }) guests.Add(await AttachAsync(mount, tenant));
        foreach (var guest in guests)
        {
            for (var index = 0; index < 10; index++) (await guest.WriteAsync($"k{index}", "x")).Should().Be(Errno.Success);
        }

        foreach (var guest in guests)
        {
            await RefuseAsync(guest, "one-more");
            await guest.UnlinkAsync("k0");
            (await guest.WriteAsync("other", "x")).Should().Be(Errno.Success);
            await RefuseAsync(guest, "one-more");
        }
    }

    [Fact]
    public async Task Application_FindsATenantsKeys_BelowItsPrefix()
    {
        var mount = new KeyValueMount(_backend);
        var tenant = await AttachAsync(mount, "a/b");
        await tenant.WriteAsync("key", "1");
        await _backend.CommitAsync(new(KeyValueOperation.Put(KeyValueKey.PrefixOfTenant("a/b") + "given", "2"u8.ToArray())), default);

        (await _backend.GetAsync(KeyValueKey.PrefixOfTenant("a/b") + "key", 9, default)).Should().NotBeNull();
        (await tenant.ReadAsync("given")).Should().Be("2");
    }

    protected abstract ValueTask<IKeyValueBackend> CreateAsync();

    private static async Task<KeyValueGuest> AttachAsync(KeyValueMount mount, string tenant) =>
        new(await mount.AttachPartAsync(new InvocationContext { Id = "test", Tenant = tenant }, default));

    private static async Task FillAsync(KeyValueGuest guest, string text)
    {
        (await guest.WriteAsync("key", text)).Should().Be(Errno.Success, text);
        (await guest.MakeDirectoryAsync("d")).Should().Be(Errno.Success, text);
        (await guest.WriteAsync("d/e", text)).Should().Be(Errno.Success, text);
    }

    private static async Task CheckAsync(KeyValueGuest guest, string text)
    {
        (await guest.ReadAsync("key")).Should().Be(text);
        (await guest.ReadAsync("d/e")).Should().Be(text);
        (await guest.MakeDirectoryAsync(".tx/t")).Should().Be(Errno.Success);
        foreach (var path in new[] { null, ".meta", ".tx/t" }) (await guest.ListAsync(path)).Should().Equal(["d/", "key"], "{0} of {1}", path, text);
    }

    private static async Task<Errno> TryWalkAsync(VirtualDirectory root, string path) => (await WalkAsync(root, path)).Error;

    private static async Task<FsResult<VirtualNode>> WalkAsync(VirtualDirectory root, string path)
    {
        VirtualNode node = root;
        var names = path.Split('/');
        for (var index = 0; index < names.Length; index++)
        {
            if (node is not VirtualDirectory directory) return Errno.NotDir;
            var found = index + 1 < names.Length ? await directory.TraverseAsync(names[index], default) : await directory.LookupAsync(names[index], default);
            if (!found.TryGet(out var next)) return found.Error;
            node = next;
        }

        return node;
    }

    private static async Task<FileHandle> LockAsync(KeyValueMount mount, string? tenant, string name, Errno expected)
    {
        var guest = tenant is null ? await KeyValueGuest.AttachAsync(mount) : await AttachAsync(mount, tenant);
        var file = (VirtualFile)(await WalkAsync(guest.Root, ".lock/" + name)).Value!;
        var opened = await file.OpenAsync(new FileOpenOptions(FileAccess.ReadWrite, NonBlocking: true), default);
        opened.Error.Should().Be(expected, tenant);
        return opened.Value!;
    }

    // The quota is met when the file is closed.
    private static async Task RefuseAsync(KeyValueGuest guest, string name)
    {
        Errno error;
        try
        {
            error = await guest.WriteAsync(name, "x");
        }
        catch (ErrnoException exception)
        {
            error = exception.Error;
        }

        error.Should().Be(Errno.DQuot);
    }
}
