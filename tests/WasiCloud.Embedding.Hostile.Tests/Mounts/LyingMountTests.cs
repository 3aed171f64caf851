using System.Runtime.CompilerServices;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Hostile.Tests.Paths;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts;

/// <summary>
/// A mount that answers what cannot be: the guest gets <c>EIO</c> (or the errno that says it better), the log an entry, and nothing else happens.
/// </summary>
public sealed class LyingMountTests
{
    // Attributes cannot say it: they are UTF-8.
    private const string HalfCharacter = "\ud800";
    private const Rights All = Rights.FdRead | Rights.FdWrite;

    // The first two mean something within the library: "wait" and "exit".
    private static readonly Errno[] s_noErrnos = [(Errno)ushort.MaxValue, (Errno)(ushort.MaxValue - 1), (Errno)77];

    // Every function, on a node of the mount, with what the member concerned is to answer.
    private static readonly Dictionary<string, Func<PathGuest, Task<Errno>>> s_changes = new(StringComparer.Ordinal)
    {
        ["path_create_directory"] = guest => guest.OnPathAsync("path_create_directory", "new"u8.ToArray()),
        ["path_remove_directory"] = guest => guest.OnPathAsync("path_remove_directory", "d"u8.ToArray()),
        ["path_unlink_file"] = guest => guest.OnPathAsync("path_unlink_file", "f"u8.ToArray()),
        ["path_symlink"] = guest => guest.SymlinkAsync("f"u8.ToArray(), "new"u8.ToArray()),
        ["path_link"] = guest => guest.LinkAsync("f"u8.ToArray(), "new"u8.ToArray()),
        ["path_rename"] = guest => guest.RenameAsync("f"u8.ToArray(), "new"u8.ToArray()),
        ["path_filestat_set_times"] = guest => guest.SetTimesAsync("f"u8.ToArray(), follow: false),
        ["fd_close"] = guest => OnFileAsync(guest, "fd_close"),
        ["fd_sync"] = guest => OnFileAsync(guest, "fd_sync"),
        ["fd_datasync"] = guest => OnFileAsync(guest, "fd_datasync"),
        ["fd_filestat_set_size"] = guest => OnFileAsync(guest, "fd_filestat_set_size", 5),
        ["fd_allocate"] = guest => OnFileAsync(guest, "fd_allocate", 0, 5),
    };

    public static TheoryData<string> Changes => [.. s_changes.Keys];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Change_ThatAnswersNoErrnoOrThrows_IsEio(string function)
    {
        foreach (var lie in s_noErrnos)
        {
            await ShouldBeAsync(new LyingMount { Change = () => new(lie) }, s_changes[function], Errno.IO);
            await ShouldBeAsync(new LyingMount { Change = async () => await LaterAsync(lie) }, s_changes[function], Errno.IO);
        }

        await ShouldBeAsync(new LyingMount { Change = () => throw new TimeoutException("The store is down.") }, s_changes[function], Errno.IO);
        await ShouldBeAsync(new LyingMount { Change = () => throw new OperationCanceledException("A timeout of its own.") }, s_changes[function], Errno.IO);
        await ShouldBeAsync(new LyingMount { Change = () => new(Errno.Busy) }, s_changes[function], Errno.Busy, failures: 0);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(PathGuest.BufferBytes + 1)]
    [InlineData(int.MaxValue)]
    public async Task Read_OfACountThatCannotBe_IsEio(int count)
    {
        await ShouldBeAsync(new LyingMount { Read = () => (FsResult<int>)count }, ReadAsync, Errno.IO);
        await ShouldBeAsync(new LyingMount { Read = async () => await LaterAsync(count) }, ReadAsync, Errno.IO);
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(0L)]
    [InlineData(6L)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public async Task Write_OfACountThatCannotBe_IsEio(long count)
    {
        await ShouldBeAsync(new LyingMount { Write = () => (FsResult<long>)count }, WriteAsync, Errno.IO);
        await ShouldBeAsync(new LyingMount { Write = async () => await LaterAsync(count) }, WriteAsync, Errno.IO);
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(0L)]
    [InlineData(4L)]
    [InlineData(long.MinValue)]
    public async Task Append_ToAnEndThatCannotBe_IsEio(long end) =>
        await ShouldBeAsync(new LyingMount { Append = () => (FsResult<long>)end }, AppendAsync, Errno.IO);

    [Fact]
    public async Task Member_ThatAnswersNoErrno_IsEio()
    {
        foreach (var lie in s_noErrnos)
        {
            await ShouldBeAsync(new LyingMount { Read = () => (FsResult<int>)lie }, ReadAsync, Errno.IO);
            await ShouldBeAsync(new LyingMount { Write = () => (FsResult<long>)lie }, WriteAsync, Errno.IO);
            await ShouldBeAsync(new LyingMount { Append = () => (FsResult<long>)lie }, AppendAsync, Errno.IO);
            await ShouldBeAsync(new LyingMount { Attributes = () => (FsResult<NodeAttributes>)lie }, StatusAsync, Errno.IO);
            await ShouldBeAsync(new LyingMount { Lookup = () => (FsResult<VirtualNode>)lie }, OpenAsync, Errno.IO);
            await ShouldBeAsync(new LyingMount { Open = () => (FsResult<FileHandle>)lie }, OpenAsync, Errno.IO);
            await ShouldBeAsync(new LyingMount { Create = () => (FsResult<VirtualFile>)lie }, CreateAsync, Errno.IO);
            await ShouldBeAsync(new LyingMount { Target = () => (FsResult<string>)lie }, ReadLinkAsync, Errno.IO);
        }
    }

    [Fact]
    public async Task Member_ThatGivesNoObject_IsEio()
    {
        await ShouldBeAsync(new LyingMount { Lookup = () => default }, OpenAsync, Errno.IO, failures: 0);
        await ShouldBeAsync(new LyingMount { Lookup = () => (FsResult<VirtualNode>)Errno.Success }, OpenAsync, Errno.IO, failures: 0);
        await ShouldBeAsync(new LyingMount { Lookup = () => (FsResult<VirtualNode>)(VirtualNode)null! }, StatusAsync, Errno.IO, failures: 0);
        await ShouldBeAsync(new LyingMount { Open = () => default }, OpenAsync, Errno.IO, failures: 0);
        await ShouldBeAsync(new LyingMount { Create = () => default }, CreateAsync, Errno.IO, failures: 0);
        await ShouldBeAsync(new LyingMount { Target = () => default }, ReadLinkAsync, Errno.IO, failures: 0);
        await ShouldBeAsync(new LyingMount { Target = () => default }, guest => OpenAsync(guest, "l/f"), Errno.IO, failures: 0);
        await ShouldBeAsync(new LyingMount { Enumerate = () => null! }, ListAsync, Errno.IO);
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("half a character")]
    public async Task Link_ToWhatIsNoPath_IsEio(string text)
    {
        var target = text == "half a character" ? HalfCharacter : text;
        await ShouldBeAsync(new LyingMount { Target = () => (FsResult<string>)target }, ReadLinkAsync, Errno.IO);
        await ShouldBeAsync(new LyingMount { Target = () => (FsResult<string>)target }, guest => OpenAsync(guest, "l/f"), Errno.IO);
    }

    [Fact]
    public async Task Link_ToAPathOfAMebibyte_IsNameTooLong()
    {
        var target = new string('a', 1 << 20);

        await ShouldBeAsync(new LyingMount { Target = () => (FsResult<string>)target }, ReadLinkAsync, Errno.NameTooLong, failures: 0);
        await ShouldBeAsync(new LyingMount { Target = () => (FsResult<string>)target }, guest => OpenAsync(guest, "l/f"), Errno.NameTooLong, failures: 0);
    }

    [Fact]
    public async Task Link_OutOfTheGuestsTree_IsContained()
    {
        await ShouldBeAsync(new LyingMount { Target = () => (FsResult<string>)"../../../etc/passwd" }, guest => OpenAsync(guest, "l/f"), Errno.NotCapable,
            failures: 0);
        await ShouldBeAsync(new LyingMount { Target = () => (FsResult<string>)"/etc/passwd" }, guest => OpenAsync(guest, "l/f"), Errno.NotCapable, failures: 0);
        await ShouldBeAsync(new LyingMount { Target = () => (FsResult<string>)"l" }, guest => OpenAsync(guest, "l/f"), Errno.Loop, failures: 0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    [InlineData("half a character")]
    [InlineData("long")]
    public async Task Listing_OfANameThatCannotBe_IsEio(string? name)
    {
        var listed = name switch
        {
            "long" => new string('a', 1 << 20),
            "half a character" => HalfCharacter,
            _ => name!,
        };

        await ShouldBeAsync(new LyingMount { Enumerate = () => List(new DirectoryEntry(listed, FileType.RegularFile)) }, ListAsync, Errno.IO);
    }

    [Fact]
    public async Task Type_ThatIsNone_IsUnknown()
    {
        var mount = new LyingMount { Type = () => (FileType)200, Enumerate = () => List(new DirectoryEntry("name", (FileType)200)) };
        await using var guest = await GuestAsync(mount);

        (await StatusAsync(guest)).Should().Be(Errno.Success);
        guest.Byte(16).Should().Be((byte)FileType.Unknown);
        (await ListAsync(guest)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Attach_ThatGivesNothingOrThrows_IsEio()
    {
        await AttachShouldFailAsync(() => default);
        await AttachShouldFailAsync(() => throw new TimeoutException("The store is down."));

        static Task AttachShouldFailAsync(Func<ValueTask<VirtualDirectory>> attach) =>
            FluentActions.Awaiting(() => GuestAsync(new LyingMount { Attach = attach })).Should().ThrowAsync<InvalidOperationException>().WithMessage("*IO*");
    }

    [Fact]
    public async Task Release_ThatThrows_IsEioAndEveryOtherNodeIsReleasedAllTheSame()
    {
        var released = 0;
        var mount = new LyingMount();
        await using var guest = await GuestAsync(mount);
        mount.OnRelease = () =>
        {
            released++;
            throw new TimeoutException("The store is down.");
        };

        (await OpenAsync(guest, "d/d/d/missing")).Should().Be(Errno.IO);

        released.Should().Be(3);
        mount.OnRelease = () => { };
        (await StatusAsync(guest)).Should().Be(Errno.Success);
    }

    private static async Task ShouldBeAsync(LyingMount mount, Func<PathGuest, Task<Errno>> call, Errno expected, int failures = 1)
    {
        var guest = await GuestAsync(mount);
        (await call(guest)).Should().Be(expected);
        guest.Failures.Should().HaveCount(failures);

        // The host goes on, and what follows is as if nothing had been.
        mount.Change = () => new(Errno.Success);
        mount.Attributes = () => (FsResult<NodeAttributes>)default(NodeAttributes);
        mount.Lookup = null;
        (await StatusAsync(guest)).Should().Be(Errno.Success);
        await guest.DisposeAsync();
    }

    private static Task<PathGuest> GuestAsync(LyingMount mount) => PathGuest.CreateAsync(new MountTable([("/m", FileAccess.ReadWrite, mount)]), "m");

    private static async Task<T> LaterAsync<T>(T value)
    {
        await Task.Yield();
        return value;
    }

    private static async Task<Errno> OnFileAsync(PathGuest guest, string function, params ulong[] arguments)
    {
        var (error, number) = await guest.OpenAsync("f"u8.ToArray(), 0, All, follow: false);
        error.Should().Be(Errno.Success);
        return await guest.CallAsync(function, [number, .. arguments]);
    }

    private static async Task<Errno> ReadAsync(PathGuest guest)
    {
        var (_, number) = await guest.OpenAsync("f"u8.ToArray(), 0, All, follow: false);
        return (await guest.ReadAsync(number)).Error;
    }

    private static async Task<Errno> WriteAsync(PathGuest guest)
    {
        var (_, number) = await guest.OpenAsync("f"u8.ToArray(), 0, All, follow: false);
        return await guest.WriteAsync(number, "bytes");
    }

    private static async Task<Errno> AppendAsync(PathGuest guest)
    {
        var (_, number) = await guest.OpenAsync("f"u8.ToArray(), 0, All, follow: false);
        (await guest.CallAsync("fd_fdstat_set_flags", number, (ulong)DescriptorFlags.Append)).Should().Be(Errno.Success);
        return await guest.WriteAsync(number, "bytes");
    }

    private static Task<Errno> OpenAsync(PathGuest guest) => OpenAsync(guest, "f");

    private static async Task<Errno> OpenAsync(PathGuest guest, string path) =>
        (await guest.OpenAsync(Encoding.UTF8.GetBytes(path), 0, All, follow: true)).Error;

    private static async Task<Errno> CreateAsync(PathGuest guest) => (await guest.OpenAsync("new"u8.ToArray(), OpenFlags.Create, All, follow: false)).Error;

    private static async Task<Errno> StatusAsync(PathGuest guest) => (await guest.StatusAsync("f"u8.ToArray(), follow: false)).Error;

    private static async Task<Errno> ReadLinkAsync(PathGuest guest) => (await guest.ReadLinkAsync("l"u8.ToArray())).Error;

    private static async Task<Errno> ListAsync(PathGuest guest) => (await guest.ListAsync(guest.Directory)).Error;

    private static async IAsyncEnumerable<DirectoryEntry> List(DirectoryEntry entry, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        yield return entry;
    }
}
