using System.Buffers.Binary;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

/// <summary>
/// Folders of the host with names that are not UTF-8, as a guest sees them: POSIX <c>readdir</c> "shall return" every entry, and what is listed can be opened
/// and removed.
/// </summary>
public sealed class ForeignNameTests : IAsyncTest
{
    private const string Bad = "bad-\uefff";
    private readonly TemporaryDirectory _directory = new();
    private readonly AbiGuest _guest;

    public ForeignNameTests() => _guest = new AbiGuest(HalfMode.Synchronous, extra: new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite));

    public async ValueTask DisposeAsync()
    {
        await _guest.DisposeAsync();
        NativeFiles.RemoveContent(_directory.Path);
        _directory.Dispose();
    }

    [Fact]
    public async Task Listing_NameThatIsNotUtf8_IsThereAndCanBeUsed()
    {
        Directory.CreateDirectory(_directory["d"]);
        NativeFiles.Create(_directory["d"], [.. "bad-"u8, 0xff]);
        NativeFiles.Create(_directory["d"], [.. "ok"u8]);
        (await ListAsync("extra/d")).Should().BeEquivalentTo([".", "..", Bad, "ok"]);

        // open, write, stat, link, rename, unlink; and rmdir, which the folder's last entry prevents no more.
        var file = await _guest.OpenAsync("extra/d/" + Bad, 0, Rights.FdWrite);
        (await _guest.WriteAsync(file, "seven..")).Count.Should().Be(7);
        await _guest.CloseAsync(file);
        (await _guest.StatusAsync("extra/d/" + Bad)).Status.Size.Should().Be(7);
        (await LinkAsync("extra/d/" + Bad, "extra/d/\uef80")).Should().Be(Errno.Success);
        NativeFiles.Exists(_directory["d"], 0x80).Should().BeTrue();
        (await RenameAsync("extra/d/" + Bad, "extra/d/\uefc3")).Should().Be(Errno.Success);
        (NativeFiles.Exists(_directory["d"], 0xc3), NativeFiles.Exists(_directory["d"], [.. "bad-"u8, 0xff])).Should().Be((true, false));
        foreach (var name in (string[])["ok", "\uef80", "\uefc3"]) (await _guest.UnlinkAsync("extra/d/" + name)).Should().Be(Errno.Success);
        (await ListAsync("extra/d")).Should().BeEquivalentTo([".", ".."]);
        (await _guest.RemoveDirectoryAsync("extra/d")).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Directory_NameThatIsNotUtf8_IsWalkedCreatedAndRemoved()
    {
        NativeFiles.CreateDirectory(_directory.Path, 0xe9, (byte)'t', 0xe9);
        var name = "extra/\uefe9t\uefe9";
        await _guest.CreateAsync(name + "/in", "x");
        (await _guest.MakeDirectoryAsync(name + "/\uefe0")).Should().Be(Errno.Success);
        (await ListAsync(name)).Should().BeEquivalentTo([".", "..", "in", "\uefe0"]);
        File.Exists(_directory["in"]).Should().BeFalse();
        (await _guest.RemoveDirectoryAsync(name + "/\uefe0")).Should().Be(Errno.Success);
        (await _guest.UnlinkAsync(name + "/in")).Should().Be(Errno.Success);
        (await _guest.RemoveDirectoryAsync(name)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Character_ThatIsUsedForBytes_IsShownAsItsBytesAndNothingElse()
    {
        await File.WriteAllTextAsync(_directory["real-\uefff"], "real");
        NativeFiles.Create(_directory.Path, [.. "real-"u8, 0xff]);
        (await ListAsync("extra")).Should().BeEquivalentTo([".", "..", "real-\uefff", "real-\uefee\uefbf\uefbf"]);
        (await _guest.StatusAsync("extra/real-\uefff")).Status.Size.Should().Be(0);
        (await _guest.StatusAsync("extra/real-\uefee\uefbf\uefbf")).Status.Size.Should().Be(4);
    }

    [Fact]
    public async Task OtherSpelling_OfAName_IsIlSeq()
    {
        await File.WriteAllTextAsync(_directory["n\u00e9"], "real");
        const string other = "extra/n\uefc3\uefa9";
        (await _guest.StatusAsync(other)).Error.Should().Be(Errno.IlSeq);
        (await _guest.TryOpenAsync(other, OpenFlags.Create)).Error.Should().Be(Errno.IlSeq);
        (await _guest.TryOpenAsync(other + "/in", OpenFlags.Create)).Error.Should().Be(Errno.IlSeq);
        (await _guest.MakeDirectoryAsync(other)).Should().Be(Errno.IlSeq);
        (await _guest.UnlinkAsync(other)).Should().Be(Errno.IlSeq);
        (await RenameAsync("extra/n\u00e9", other)).Should().Be(Errno.IlSeq);
        (await SymlinkAsync("n\uefc3\uefa9", "extra/link")).Should().Be(Errno.IlSeq);
    }

    [Fact]
    public async Task Symlink_TargetThatIsNotUtf8_IsReadFollowedAndCopied()
    {
        NativeFiles.Create(_directory.Path, 0xfe);
        NativeFiles.CreateSymlink([0xfe], _directory.Path, "link");
        (await ReadLinkAsync("extra/link")).Should().Be("\ueffe");
        (await _guest.StatusAsync("extra/link", follow: true)).Status.Type.Should().Be(FileType.RegularFile);
        (await SymlinkAsync("\ueffe", "extra/copy")).Should().Be(Errno.Success);
        (await ReadLinkAsync("extra/copy")).Should().Be("\ueffe");
        (await _guest.StatusAsync("extra/copy", follow: true)).Status.Inode.Should().Be((await _guest.StatusAsync("extra/\ueffe")).Status.Inode);
    }

    // 85 such bytes are 255 of UTF-8, and more is no name that a guest could hold (NAME_MAX). POSIX readdir: EOVERFLOW, a value "cannot be represented
    // correctly".
    [Fact]
    public async Task Listing_NameTooLongToBeShown_IsOverflowAndNeverSuccess()
    {
        NativeFiles.Create(_directory.Path, [.. Enumerable.Repeat((byte)0xff, 85)]);
        var longest = new string('\uefff', 85);
        (await ListAsync("extra")).Should().BeEquivalentTo([".", "..", longest]);
        (await _guest.UnlinkAsync("extra/" + longest)).Should().Be(Errno.Success);

        NativeFiles.Create(_directory.Path, [.. Enumerable.Repeat((byte)0xff, 86)]);
        var (error, _) = await TryListAsync("extra");
        error.Should().Be(Errno.Overflow);
        (await _guest.StatusAsync("extra/" + longest + "\uefff")).Error.Should().Be(Errno.NameTooLong);
    }

    [Fact]
    public void Limits_CountNamesThatAreNotUtf8()
    {
        using var directory = new TemporaryDirectory();
        NativeFiles.CreateDirectory(directory.Path, 0xff);
        NativeFiles.Create(directory.Path, [.. Enumerable.Repeat((byte)0xff, 255)]);
        File.WriteAllText(directory["file"], "four");
        var mount = new HostDirectoryMount(directory.Path, FileAccess.ReadWrite, new HostDirectoryOptions { MaxNodes = 3, MaxBytes = 100 });
        var root = CompletedTask.Take(mount.AttachAsync(new InvocationContext { Id = "limits" }, default));
        CompletedTask.Take(root.CreateDirectoryAsync("fourth", default)).Should().Be(Errno.NoSpc);
        NativeFiles.RemoveContent(directory.Path);
    }

    private async Task<string[]> ListAsync(string path)
    {
        var (error, names) = await TryListAsync(path);
        error.Should().Be(Errno.Success);
        return names;
    }

    private async Task<(Errno Error, string[] Names)> TryListAsync(string path)
    {
        var number = await _guest.OpenAsync(path, OpenFlags.Directory, Rights.FdReaddir);
        _guest.Memory.Reuse();
        var (buffer, used) = (_guest.Memory.Allocate(4096), _guest.Memory.Allocate(4));
        var error = await _guest.CallAsync("fd_readdir", number, buffer, 4096, 0, used);
        var names = new List<string>();
        if (error == Errno.Success)
        {
            var bytes = _guest.Memory.Bytes.Slice((int)buffer, (int)_guest.Memory.U32(used)).ToArray();
            for (var start = 0; start < bytes.Length;)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(start + 16));
                names.Add(Encoding.UTF8.GetString(bytes, start + 24, length));
                start += 24 + length;
            }
        }

        await _guest.CloseAsync(number);
        return (error, [.. names]);
    }

    private async Task<string> ReadLinkAsync(string path)
    {
        _guest.Memory.Reuse();
        var (buffer, used) = (_guest.Memory.Allocate(100), _guest.Memory.Allocate(4));
        (await _guest.CallAsync("path_readlink", AbiGuest.Root, _guest.Put(path), Length(path), buffer, 100, used)).Should().Be(Errno.Success);
        return _guest.Memory.Text(buffer, _guest.Memory.U32(used));
    }

    private Task<Errno> SymlinkAsync(string target, string path)
    {
        _guest.Memory.Reuse();
        return _guest.CallAsync("path_symlink", _guest.Put(target), Length(target), AbiGuest.Root, _guest.Put(path), Length(path));
    }

    private Task<Errno> RenameAsync(string from, string to)
    {
        _guest.Memory.Reuse();
        return _guest.CallAsync("path_rename", AbiGuest.Root, _guest.Put(from), Length(from), AbiGuest.Root, _guest.Put(to), Length(to));
    }

    private Task<Errno> LinkAsync(string from, string to)
    {
        _guest.Memory.Reuse();
        return _guest.CallAsync("path_link", AbiGuest.Root, 0, _guest.Put(from), Length(from), AbiGuest.Root, _guest.Put(to), Length(to));
    }

    private static ulong Length(string text) => (ulong)Encoding.UTF8.GetByteCount(text);
}
