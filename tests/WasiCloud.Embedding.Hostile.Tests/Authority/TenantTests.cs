using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Hostile.Tests.Paths;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Mounts.Memory;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Authority;

/// <summary>Tenants try to get from their part of a mount to another's, by every call that takes a path.</summary>
public sealed class TenantTests : IDisposable
{
    private const string Secret = "of another";

    private static readonly string[] s_tenants =
        ["a", "ab", "a/b", "a%2Fb", "..", ".", "A", "a b", "\u00e4", "a\u0308", ".tenant", "a/../b", "/a", "~", new('x', 255), new string('x', 254) + "y"];

    // From a part's root to where others' could be.
    private static readonly string[] s_ways =
    [
        "../b/key", "../../kv/key", "../../folder/b/key", "/folder/b/key", "../b", "..", "./../b/key", "b/key", "%62/key", ".tenant/b/key", ".tenant/%62/key",
        ".meta/.tenant/b/key", ".meta/../b/key", ".lock/.tenant/b/l", ".watch/.tenant/.all", ".tx/../.tenant/b/key", "key/../../b/key", "link/b/key", "link",
        "up/b/key", "up/up/b/key", "//b/key", "\\..\\b\\key", "..\\b\\key", ".../b/key", "..%2Fb/key", "b\0/key",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("tenants").FullName;
    private readonly MemoryKeyValueBackend _backend = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("kv")]
    [InlineData("folder")]
    [InlineData("limited")]
    [InlineData("memory")]
    public async Task Parts_OfOddNames_AreApart(string mount)
    {
        var table = Table();
        foreach (var (index, tenant) in s_tenants.Index())
        {
            await using var guest = Create(table, $"/{mount} rwc tenant\n", tenant);
            (await WriteAsync(guest, $"{mount}/key", $"{index}")).Should().Be(Errno.Success, tenant);
            (await guest.OnPathAsync("path_create_directory", Bytes($"{mount}/d"))).Should().Be(Errno.Success, tenant);
            guest.Failures.Should().BeEmpty();
        }

        foreach (var (index, tenant) in s_tenants.Index())
        {
            await using var guest = Create(table, $"/{mount} rwc tenant\n", tenant);
            (await ReadAsync(guest, $"{mount}/key")).Should().Be((Errno.Success, $"{index}"));
            (await ListAsync(guest, mount)).Should().BeEquivalentTo("d", "key");
        }
    }

    [Theory]
    [InlineData("kv")]
    [InlineData("folder")]
    [InlineData("limited")]
    [InlineData("memory")]
    public async Task Ways_OutOfAPart_LeadNowhere(string mount)
    {
        var table = Table();
        await using (var other = Create(table, $"/{mount} rwc tenant\n", "b")) await WriteAsync(other, $"{mount}/key", Secret);
        await using (var owner = Create(table, $"/{mount} rwc\n", tenant: null))
            if (mount is "kv" or "memory") await WriteAsync(owner, $"{mount}/key", Secret);
        await using var guest = Create(table, $"/{mount} rwc tenant\n", "a");
        foreach (var (target, name) in new[] { ("..", "link"), ($"/{mount}", "up"), ("../b", "side") })
            await guest.SymlinkAsync(Bytes(target), Bytes($"{mount}/{name}"));
        await guest.OnPathAsync("path_create_directory", Bytes($"{mount}/.tx/t"));

        foreach (var way in s_ways.Select(way => way.StartsWith('/') ? way : $"{mount}/{way}"))
        {
            var (_, text) = await ReadAsync(guest, way);
            text.Should().NotContain(Secret, way);
            await guest.RenameAsync(Bytes(way), Bytes($"{mount}/stolen"));
            await guest.LinkAsync(Bytes(way), Bytes($"{mount}/linked"));
            await WriteAsync(guest, way, "overwritten");
            await guest.OnPathAsync("path_unlink_file", Bytes(way));
            foreach (var taken in new[] { "stolen", "linked" }) (await ReadAsync(guest, $"{mount}/{taken}")).Text.Should().NotContain(Secret, way);
        }

        await using var after = Create(table, $"/{mount} r tenant\n", "b");
        (await ReadAsync(after, $"{mount}/key")).Should().Be((Errno.Success, Secret));
        (await ListAsync(after, mount)).Should().Equal("key");
    }

    [Theory]
    [InlineData("kv")]
    [InlineData("folder")]
    [InlineData("memory")]
    public async Task Guest_WithoutATenant_IsDenied(string mount)
    {
        await using var guest = Create(Table(), $"/{mount} rwc tenant\n", tenant: null);

        (await ReadAsync(guest, $"{mount}/key")).Error.Should().Be(Errno.Access);
        (await guest.StatusAsync(Bytes(mount), follow: true)).Error.Should().Be(Errno.Access);
        (await ListAsync(guest, ".")).Should().BeEmpty();
        guest.LacksTenant.Should().BeTrue();
    }

    [Fact]
    public async Task Part_NextToWhatAllShare_IsReachedByItsLineOnly()
    {
        const string policy = "/kv r\n/kv/own rwc tenant\n";
        var table = Table();
        await using (var all = Create(table, "/kv rwc\n", tenant: null))
        {
            await WriteAsync(all, "kv/shared", "of all");
            await WriteAsync(all, "kv/own/key", Secret);
        }

        await using var guest = Create(table, policy, "a");
        (await ReadAsync(guest, "kv/shared")).Should().Be((Errno.Success, "of all"));
        (await ReadAsync(guest, "kv/own/key")).Error.Should().Be(Errno.NoEnt);
        (await WriteAsync(guest, "kv/own/key", "mine")).Should().Be(Errno.Success);
        (await guest.RenameAsync(Bytes("kv/own/key"), Bytes("kv/shared"))).Should().NotBe(Errno.Success);
        (await guest.RenameAsync(Bytes("kv/shared"), Bytes("kv/own/shared"))).Should().NotBe(Errno.Success);
        await using var owner = Create(table, "/kv r\n", tenant: null);
        (await ReadAsync(owner, "kv/own/key")).Should().Be((Errno.Success, Secret));
    }

    [Fact]
    public async Task Folder_ASymbolicLinkInItsPlace_IsNotFollowed()
    {
        var outside = Directory.CreateTempSubdirectory("outside").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(outside, "key"), Secret);
            Directory.CreateSymbolicLink(Path.Combine(_folder, "a"), outside);
            await using var guest = Create(Table(), "/folder rwc tenant\n/limited rwc tenant\n", "a");

            foreach (var mount in new[] { "folder", "limited" })
            {
                (await ReadAsync(guest, $"{mount}/key")).Error.Should().Be(Errno.IO);
                (await WriteAsync(guest, $"{mount}/new", "x")).Should().Be(Errno.IO);
            }

            Directory.GetFileSystemEntries(outside).Should().ContainSingle();
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public async Task Folder_IsMadeForItsOwnerAlone()
    {
        await using var guest = Create(Table(), "/folder rwc tenant\n", "a/B");
        (await WriteAsync(guest, "folder/key", "x")).Should().Be(Errno.Success);

        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException();
        File.GetUnixFileMode(Path.Combine(_folder, "a%2F%42")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task Folder_ThatIsReadOnly_IsEmptyUntilItIsThere()
    {
        var table = new MountTable([("/folder", FileAccess.Read, new HostDirectoryMount(_folder, FileAccess.Read))]);
        await using (var guest = Create(table, "/folder r tenant\n", "a"))
        {
            (await ListAsync(guest, "folder")).Should().BeEmpty();
            (await ReadAsync(guest, "folder/key")).Error.Should().Be(Errno.NoEnt);
        }

        Directory.GetFileSystemEntries(_folder).Should().BeEmpty();
        Directory.CreateDirectory(Path.Combine(_folder, "a"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "a", "key"), "given");
        await using var later = Create(table, "/folder r tenant\n", "a");
        (await ReadAsync(later, "folder/key")).Should().Be((Errno.Success, "given"));
    }

    [Theory]
    [InlineData("kv", "", Errno.DQuot)]
    [InlineData("limited", "", Errno.NoSpc)]
    [InlineData("kv", "limit tenant-stored-keys 2\n", Errno.DQuot)]
    [InlineData("folder", "limit tenant-stored-keys 2\n", Errno.NoSpc)]
    [InlineData("memory", "limit tenant-stored-keys 2\n", Errno.NoSpc)]
    public async Task Quota_OfATenant_LeavesThatOfOthersAlone(string mount, string limit, Errno expected)
    {
        var table = Table();
        var most = limit.Length > 0 ? 2 : 8;
        foreach (var tenant in new[] { "a", "b" })
        {
            await using var guest = Create(table, $"/{mount} rwc tenant\n{limit}", tenant);
            for (var index = 0; index < most; index++) (await WriteAsync(guest, $"{mount}/{index}", "x")).Should().Be(Errno.Success);
            (await WriteAsync(guest, $"{mount}/more", "x")).Should().Be(expected);
        }

        await using var again = Create(table, $"/{mount} rwc tenant\n{limit}", "a");
        (await WriteAsync(again, $"{mount}/more", "x")).Should().Be(expected, "it is remembered, or counted again");
        (await again.OnPathAsync("path_unlink_file", Bytes($"{mount}/0"))).Should().Be(Errno.Success);
        (await WriteAsync(again, $"{mount}/more", "x")).Should().Be(Errno.Success);
    }

    private static PathGuest Create(MountTable table, string policy, string? tenant) => PathGuest.Create(table, GuestPolicy.Parse(policy), tenant);

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path);

    private static async Task<Errno> WriteAsync(PathGuest guest, string path, string text)
    {
        var (error, number) = await guest.OpenAsync(Bytes(path), OpenFlags.Create | OpenFlags.Truncate, Rights.FdWrite, follow: true);
        if (error != Errno.Success) return error;
        error = await guest.WriteAsync(number, text);
        var closed = await guest.CallAsync("fd_close", number);
        return error == Errno.Success ? closed : error;
    }

    private static async Task<(Errno Error, string Text)> ReadAsync(PathGuest guest, string path)
    {
        var (error, number) = await guest.OpenAsync(Bytes(path), OpenFlags.None, Rights.FdRead, follow: true);
        if (error != Errno.Success) return (error, string.Empty);
        if (path.Contains(".watch", StringComparison.Ordinal)) return (Errno.Success, string.Empty);
        var result = await guest.ReadAsync(number);
        await guest.CallAsync("fd_close", number);
        return result;
    }

    private static async Task<IEnumerable<string>> ListAsync(PathGuest guest, string path)
    {
        var (error, number) = await guest.OpenAsync(Bytes(path), OpenFlags.Directory, Rights.FdReaddir, follow: true);
        error.Should().Be(Errno.Success, path);
        var (_, names) = await guest.ListNamesAsync(number);
        return names.Where(name => name is not "." and not "..");
    }

    private MountTable Table() => new(
    [
        ("/kv", FileAccess.ReadWrite, new KeyValueMount(_backend, new KeyValueMountOptions { MaxStoredKeys = 8 })),
        ("/folder", FileAccess.ReadWrite, new HostDirectoryMount(_folder, FileAccess.ReadWrite)),
        ("/limited", FileAccess.ReadWrite, new HostDirectoryMount(_folder, FileAccess.ReadWrite, new HostDirectoryOptions { MaxNodes = 8 })),
        ("/memory", FileAccess.ReadWrite, new MemoryMount()),
    ]);
}
