using System.Buffers;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

/// <summary>Every way to make a directory of the host hold more, against its limits, and every way to give it back.</summary>
public sealed class HostDirectoryLimitTests : IDisposable
{
    private const int MaxBytes = 1000;
    private const int MaxNodes = 10;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string> Growths => ["write", "write far away", "append", "set size", "allocate", "write in two pieces"];

    [Fact]
    public void Options_Negative_AreRefused()
    {
        FluentActions.Invoking(() => new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite, new() { MaxBytes = -1 })).Should().Throw<ArgumentException>()
            .WithMessage("*HostDirectoryOptions.MaxBytes *").WithParameterName("options");
        FluentActions.Invoking(() => new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite, new() { MaxNodes = -1 })).Should().Throw<ArgumentException>()
            .WithMessage("*HostDirectoryOptions.MaxNodes *").WithParameterName("options");
    }

    [Theory]
    [MemberData(nameof(Growths))]
    public async Task MaxBytes_Exceeded_IsNoSpcAndGrowsNothing(string growth)
    {
        var root = await AttachAsync();
        var handle = await CreateAsync(root, "file");
        (await WriteAsync(handle, MaxBytes, 0)).Should().Be((FsResult<long>)MaxBytes);

        (await GrowAsync(handle, growth, MaxBytes)).Should().Be(Errno.NoSpc);
        (await GrowAsync(handle, growth, MaxBytes)).Should().Be(Errno.NoSpc, "what was not written was given back, and no more");

        new FileInfo(_directory["file"]).Length.Should().Be(MaxBytes);
        Quota(root).UsedBytes.Should().Be(MaxBytes);
        (await WriteAsync(handle, MaxBytes, 0)).Should().Be((FsResult<long>)MaxBytes, "these bytes are there already");
    }

    [Theory]
    [MemberData(nameof(Growths))]
    public async Task MaxBytes_NotExceeded_CountsWhatWasAdded(string growth)
    {
        var root = await AttachAsync();
        var handle = await CreateAsync(root, "file");

        (await GrowAsync(handle, growth, 100)).Should().Be(Errno.Success);

        Quota(root).UsedBytes.Should().Be(new FileInfo(_directory["file"]).Length);
    }

    [Fact]
    public async Task Write_ThatFitsInPart_IsShort()
    {
        var root = await AttachAsync();
        var handle = await CreateAsync(root, "file");

        (await WriteAsync(handle, MaxBytes + 500, 0)).Should().Be((FsResult<long>)MaxBytes);
        (await handle.AppendAsync(Bytes(1), default)).Error.Should().Be(Errno.NoSpc);
        Quota(root).UsedBytes.Should().Be(MaxBytes);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 5)]
    public async Task Write_WhoseEndIsNoNumber_IsTheKernelsToRefuse(long offset)
    {
        var root = await AttachAsync();
        var handle = await CreateAsync(root, "file");

        (await WriteAsync(handle, 10, offset)).Error.Should().BeOneOf(Errno.Inval, Errno.FBig);
        (await handle.AllocateAsync(offset, 10, default)).Should().BeOneOf(Errno.Inval, Errno.FBig);
        (await handle.SetSizeAsync(long.MaxValue, default)).Should().Be(Errno.NoSpc);
        Quota(root).UsedBytes.Should().Be(0);
    }

    [Fact]
    public async Task MaxNodes_Exceeded_NothingIsCreated()
    {
        Directory.CreateDirectory(_directory["d0"]);
        await File.WriteAllTextAsync(_directory["d0/file"], "");
        var root = await AttachAsync();
        for (var index = 1; index < MaxNodes - 1; index++) (await root.CreateDirectoryAsync($"d{index}", default)).Should().Be(Errno.Success);

        (await root.CreateDirectoryAsync("more", default)).Should().Be(Errno.NoSpc);
        (await root.CreateDirectoryAsync("d1", default)).Should().Be(Errno.Exist, "as mkdir(2) says first");
        (await root.CreateFileAsync("more", exclusive: true, default)).Error.Should().Be(Errno.NoSpc);
        (await root.CreateFileAsync("d1", exclusive: true, default)).Error.Should().Be(Errno.Exist);
        (await root.CreateSymlinkAsync("more", "d1", default)).Should().Be(Errno.NoSpc);
        var file = await LookupAsync<VirtualFile>(await LookupAsync<VirtualDirectory>(root, "d0"), "file");
        (await root.LinkAsync(file, "more", default)).Should().Be(Errno.NoSpc);
        Directory.GetFileSystemEntries(_directory.Path).Should().HaveCount(MaxNodes - 1, "one is below");

        (await root.RemoveDirectoryAsync("d1", default)).Should().Be(Errno.Success);
        (await root.LinkAsync(file, "more", default)).Should().Be(Errno.Success);
        Quota(root).UsedNodes.Should().Be(MaxNodes);
    }

    [Fact]
    public async Task Creation_ThatFails_CountsNothing()
    {
        var root = await AttachAsync();
        await CreateAsync(root, "file");

        (await root.CreateDirectoryAsync("file", default)).Should().Be(Errno.Exist);
        (await root.CreateSymlinkAsync("file", "target", default)).Should().Be(Errno.Exist);
        (await root.CreateFileAsync(new string('n', 256), exclusive: true, default)).Error.Should().Be(Errno.NameTooLong);
        (await root.RemoveFileAsync("missing", default)).Should().Be(Errno.NoEnt);
        (await root.RemoveDirectoryAsync("file", default)).Should().Be(Errno.NotDir);
        Quota(root).UsedNodes.Should().Be(1);
        Quota(root).UsedBytes.Should().Be(0);
    }

    [Fact]
    public async Task Symlink_Target_CountsAndIsGivenBack()
    {
        var root = await AttachAsync();

        (await root.CreateSymlinkAsync("link", new string('t', 600), default)).Should().Be(Errno.Success);
        (await root.CreateSymlinkAsync("other", new string('t', 600), default)).Should().Be(Errno.NoSpc);
        Quota(root).UsedNodes.Should().Be(1);
        (await root.RemoveFileAsync("link", default)).Should().Be(Errno.Success);

        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((0, 0));
    }

    [Theory]
    [InlineData("truncate")]
    [InlineData("open to truncate")]
    [InlineData("remove")]
    [InlineData("rename over")]
    public async Task Bytes_ThatGo_AreGivenBack(string way)
    {
        var root = await AttachAsync();
        var handle = await CreateAsync(root, "file");
        await WriteAsync(handle, MaxBytes, 0);
        if (way == "truncate") (await handle.SetSizeAsync(10, default)).Should().Be(Errno.Success);
        await handle.CloseAsync(CloseReason.Closed, default);
        switch (way)
        {
            case "open to truncate":
                var opened = await OpenAsync(await LookupAsync<VirtualFile>(root, "file"), new(FileAccess.Write, Truncate: true));
                await opened.CloseAsync(CloseReason.Closed, default);
                break;
            case "remove":
                (await root.RemoveFileAsync("file", default)).Should().Be(Errno.Success);
                break;
            case "rename over":
                await CreateAsync(root, "empty");
                (await root.RenameAsync("empty", root, "file", default)).Should().Be(Errno.Success);
                break;
        }

        Quota(root).UsedBytes.Should().Be(way == "truncate" ? 10 : 0);
        Quota(root).UsedNodes.Should().Be(way == "remove" ? 0 : 1);
    }

    // What is large is freed on another thread if there is a token.
    [Theory]
    [InlineData("truncate")]
    [InlineData("open to truncate")]
    [InlineData("remove")]
    [InlineData("rename over")]
    public async Task LargeFile_ThatGoesElsewhere_IsGivenBack(string way)
    {
        const int large = 3 << 20;
        using var end = new CancellationTokenSource();
        var root = await AttachAsync(new() { MaxBytes = large, MaxNodes = MaxNodes });
        var handle = await CreateAsync(root, "file", large);
        if (way == "truncate") (await handle.SetSizeAsync(0, end.Token)).Should().Be(Errno.Success);
        await handle.CloseAsync(CloseReason.Closed, end.Token);
        if (way == "open to truncate")
        {
            var file = await LookupAsync<VirtualFile>(root, "file");
            await (await file.OpenAsync(new(FileAccess.Write, Truncate: true), end.Token)).Value!.CloseAsync(CloseReason.Closed, end.Token);
        }

        if (way == "remove") (await root.RemoveFileAsync("file", end.Token)).Should().Be(Errno.Success);
        if (way == "rename over")
        {
            await CreateAsync(root, "empty", close: true);
            (await root.RenameAsync("empty", root, "file", end.Token)).Should().Be(Errno.Success);
        }

        Quota(root).UsedBytes.Should().Be(0);
    }

    [Fact]
    public async Task RemovedFile_CountsUntilItsLastHandleIsClosed()
    {
        var root = await AttachAsync();
        var writer = await CreateAsync(root, "file");
        var reader = await OpenAsync(await LookupAsync<VirtualFile>(root, "file"), new(FileAccess.Read));
        (await root.RemoveFileAsync("file", default)).Should().Be(Errno.Success);

        (await WriteAsync(writer, MaxBytes, 0)).Value.Should().Be(MaxBytes);
        await writer.CloseAsync(CloseReason.Closed, default);
        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((MaxBytes, 1), "it is still there, for the reader");
        await reader.CloseAsync(CloseReason.Abandoned, default);

        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((0, 0));
    }

    [Fact]
    public async Task RemovedFile_FoundBeforeAndOpenedAfter_CountsAgain()
    {
        var root = await AttachAsync();
        await CreateAsync(root, "file", bytes: 100, close: true);
        var found = await LookupAsync<VirtualFile>(root, "file");
        (await root.RemoveFileAsync("file", default)).Should().Be(Errno.Success);
        Quota(root).UsedBytes.Should().Be(0);

        var handle = await OpenAsync(found, new(FileAccess.ReadWrite));
        (await WriteAsync(handle, MaxBytes + 1, 0)).Value.Should().Be(MaxBytes);
        Quota(root).UsedNodes.Should().Be(1);
        await handle.CloseAsync(CloseReason.Closed, default);

        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((0, 0));
    }

    [Fact]
    public async Task HardLinks_CountAsNamesAndTheirContentOnce()
    {
        var root = await AttachAsync();
        var handle = await CreateAsync(root, "file");
        await WriteAsync(handle, 100, 0);
        await handle.CloseAsync(CloseReason.Closed, default);
        (await root.LinkAsync(await LookupAsync<VirtualFile>(root, "file"), "link", default)).Should().Be(Errno.Success);

        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((100, 2));
        (await root.RenameAsync("link", root, "file", default)).Should().Be(Errno.Success, "rename(2) does nothing with two names of one file");
        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((100, 2));
        (await root.RemoveFileAsync("file", default)).Should().Be(Errno.Success);
        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((100, 1));
        (await root.RemoveFileAsync("link", default)).Should().Be(Errno.Success);
        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((0, 0));
    }

    [Fact]
    public async Task Directory_WithContent_IsCountedAtTheStart()
    {
        Directory.CreateDirectory(_directory["a/b"]);
        await File.WriteAllBytesAsync(_directory["a/b/file"], new byte[600]);
        File.CreateSymbolicLink(_directory["out"], "/tmp");

        var root = await AttachAsync();

        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((604, 4), "what a symbolic link points to is not below the directory");
        (await WriteAsync(await CreateAsync(root, "new"), MaxBytes, 0)).Value.Should().Be(MaxBytes - 604);
    }

    [Fact]
    public async Task Limit_MetAfterAnotherProgramMadeRoom_IsCountedAnew()
    {
        var root = await AttachAsync();
        await CreateAsync(root, "file", MaxBytes, close: true);
        File.Delete(_directory["file"]);

        (await root.CreateSymlinkAsync("link", "target", default)).Should().Be(Errno.NoSpc, "nobody has told");
        await Quota(root).Counting;

        (await root.CreateSymlinkAsync("link", "target", default)).Should().Be(Errno.Success);
        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((6, 1));
    }

    [Fact]
    public async Task Limit_WithForeignFilesThatGuestsRemove_IsCountedAnew()
    {
        var root = await AttachAsync();
        await CreateAsync(root, "own", MaxBytes, close: true);
        for (var index = 0; index < 3; index++)
        {
            await File.WriteAllBytesAsync(_directory["foreign"], new byte[MaxBytes / 2]);
            (await root.RemoveFileAsync("foreign", default)).Should().Be(Errno.Success);
        }

        await Quota(root).Counting;

        Quota(root).UsedBytes.Should().Be(MaxBytes);
        (await root.CreateSymlinkAsync("link", "target", default)).Should().Be(Errno.NoSpc);
    }

    [Fact]
    public async Task Count_OfADirectoryThatIsTooDeep_IsNotBelieved()
    {
        var root = await AttachAsync(new() { MaxBytes = MaxBytes, MaxNodes = 1000 });
        await CreateAsync(root, "file", MaxBytes, close: true);
        Directory.CreateDirectory(_directory[string.Join('/', Enumerable.Repeat("d", 80))]);
        File.Delete(_directory["file"]);

        (await root.CreateSymlinkAsync("link", "target", default)).Should().Be(Errno.NoSpc);
        await Quota(root).Counting;

        Quota(root).UsedBytes.Should().Be(MaxBytes, "what hides below may be as much");
    }

    // Where a name moves from a place that the walk has yet to come to, to one where it has been; and where the walk left a file to who had it open.
    [Theory]
    [InlineData("rename")]
    [InlineData("rename of an open file")]
    [InlineData("rename of a directory")]
    [InlineData("link")]
    [InlineData("close")]
    public async Task Count_ThatMissesWhatMoves_GivesNoRoom(string way)
    {
        var root = await AttachAsync();
        await root.CreateDirectoryAsync("unseen", default);
        await root.CreateDirectoryAsync("seen", default);
        var (unseen, seen) = (await LookupAsync<VirtualDirectory>(root, "unseen"), await LookupAsync<VirtualDirectory>(root, "seen"));
        var handle = await CreateAsync(unseen, "file", MaxBytes / 2);
        var isOpen = way is "rename of an open file" or "close";
        if (!isOpen) await handle.CloseAsync(CloseReason.Closed, default);
        var before = (Quota(root).UsedBytes, Quota(root).UsedNodes);

        Quota(root).BeginWalk();
        var walked = way == "close" ? unseen : seen;
        var count = HostFolderCount.Of(((HostDirectoryNode)walked).Inode, Quota(root));
        var error = way switch
        {
            "rename of a directory" => await root.RenameAsync("unseen", seen, "moved", default),
            "link" => await seen.LinkAsync(await LookupAsync<VirtualFile>(unseen, "file"), "file", default),
            "close" => await handle.CloseAsync(CloseReason.Closed, default),
            _ => await unseen.RenameAsync("file", seen, "file", default),
        };
        if (way == "link") await unseen.RemoveFileAsync("file", default);
        Quota(root).EndWalk(count, isFirst: false);

        error.Should().Be(Errno.Success);
        Quota(root).UsedBytes.Should().BeGreaterThanOrEqualTo(before.UsedBytes);
        if (way == "rename of a directory") Quota(root).UsedNodes.Should().Be(before.UsedNodes, "such a walk is not believed");
        if (way == "rename of an open file") await handle.CloseAsync(CloseReason.Closed, default);
        Quota(root).Count(isFirst: false);
        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be(before, "the next walk sees it");
    }

    [Fact]
    public async Task Count_WhileAFileIsReadAndMovedAgainAndAgain_DoesNotFillTheFolder()
    {
        var root = await AttachAsync();
        await CreateAsync(root, "file", MaxBytes / 2, close: true);
        var file = await LookupAsync<VirtualFile>(root, "file");

        Quota(root).BeginWalk();
        var count = HostFolderCount.Of(((HostDirectoryNode)root).Inode, Quota(root));
        for (var reader = 0; reader < 10; reader++)
        {
            await (await OpenAsync(file, new(FileAccess.Read))).CloseAsync(CloseReason.Closed, default);
            (await root.RenameAsync("file", root, "other", default)).Should().Be(Errno.Success);
            (await root.RenameAsync("other", root, "file", default)).Should().Be(Errno.Success);
        }

        Quota(root).EndWalk(count, isFirst: false);
        file.Release();
        Quota(root).UsedBytes.Should().Be(MaxBytes, "once where it was, and once because it moved");
        Quota(root).UsedNodes.Should().Be(2);
        Quota(root).Count(isFirst: false);
        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((MaxBytes / 2, 1));
    }

    [Fact]
    public async Task Count_WhileAFileGrowsAndShrinksAgainAndAgain_CountsWhatItIs()
    {
        const int Length = MaxBytes / 20;
        var root = await AttachAsync();
        await CreateAsync(root, "file", Length, close: true);
        var file = await LookupAsync<VirtualFile>(root, "file");

        Quota(root).BeginWalk();
        var count = HostFolderCount.Of(((HostDirectoryNode)root).Inode, Quota(root));
        var handle = await OpenAsync(file, new(FileAccess.ReadWrite));

        // Less than the limit is given back in all, else another count would begin.
        for (var round = 0; round < 10; round++)
        {
            (await handle.SetSizeAsync(0, default)).Should().Be(Errno.Success);
            (await WriteAsync(handle, Length, 0)).Value.Should().Be(Length);
        }

        (await WriteAsync(handle, 10, Length)).Value.Should().Be(10);
        await handle.CloseAsync(CloseReason.Closed, default);
        Quota(root).EndWalk(count, isFirst: false).Should().BeFalse();
        file.Release();
        Quota(root).UsedBytes.Should().Be(Length + 10);
    }

    [Fact]
    public async Task Count_DisturbedAgainAndAgain_KeepsDirectoriesWhereTheyAre()
    {
        var root = await AttachAsync();
        await root.CreateDirectoryAsync("directory", default);
        await File.WriteAllBytesAsync(_directory["foreign"], new byte[MaxBytes / 2]);
        var errors = new List<Errno>();

        for (var walk = 0; walk < 3; walk++)
        {
            Quota(root).BeginWalk();
            var count = HostFolderCount.Of(((HostDirectoryNode)root).Inode, Quota(root));
            errors.Add(await root.RenameAsync("directory", root, "moved", default));
            errors.Add(await root.RenameAsync("moved", root, "directory", default));
            Quota(root).EndWalk(count, isFirst: false);
        }

        errors.Should().Equal(Errno.Success, Errno.Success, Errno.Success, Errno.Success, Errno.Busy, Errno.NoEnt);
        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((MaxBytes / 2, 2));
        (await root.RenameAsync("directory", root, "moved", default)).Should().Be(Errno.Success);
    }

    [Fact]
    public void Counter_WhoseCountIsNotBelieved_StaysInDoubt()
    {
        var counter = new QuotaCounter(10);
        counter.Give(11);

        counter.BeginCount();
        counter.DropCount();

        counter.IsDoubtful.Should().BeTrue();
        counter.BeginCount();
        counter.EndCount(0);
        counter.IsDoubtful.Should().BeFalse();
    }

    [Fact]
    public async Task Creation_WithOnlyTheOtherLimitAndForeignFilesRemoved_HasRoom()
    {
        var root = await AttachAsync(new() { MaxBytes = MaxBytes });
        await File.WriteAllTextAsync(_directory["foreign"], string.Empty);
        await root.RemoveFileAsync("foreign", default);

        (await root.CreateDirectoryAsync("directory", default)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Allocate_CutShort_KeepsNoBlocks()
    {
        var root = await AttachAsync(new() { MaxBytes = 1L << 40 });
        var handle = await CreateAsync(root, "file", 10);
        var before = BlocksOf("file");
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        await handle.Awaiting(it => it.AllocateAsync(0, 4L * TransferSize.MaxBytes, cancellation.Token).AsTask())
            .Should().ThrowAsync<OperationCanceledException>();

        BlocksOf("file").Should().Be(before, "the first piece was reserved, and is given back");
        Quota(root).UsedBytes.Should().Be(10);
        await handle.CloseAsync(CloseReason.Closed, default);
    }

    [Fact]
    public async Task Count_BetweenACutAndItsRecord_GivesTheRoomOnce()
    {
        var root = await AttachAsync();
        var opened = await CreateAsync(root, "file", MaxBytes / 2);
        var quota = Quota(root);
        using var descriptor = Libc.OpenAt(((HostDirectoryNode)root).Inode.Descriptor, "file", LinuxOpenFlags.ReadWrite | LinuxOpenFlags.CloseOnExec)!;
        quota.Open(descriptor, out var file).Should().Be(Errno.Success);

        Libc.SetSize(descriptor, 0).Should().Be(0);
        quota.Count(isFirst: false);
        quota.EndChange(file!, descriptor, taken: 0);

        quota.UsedBytes.Should().Be(0);
        quota.Close(file!);
        await opened.CloseAsync(CloseReason.Closed, default);
        quota.UsedBytes.Should().Be(0);
    }

    [Fact]
    public async Task Count_OfAnOpenFileThatAnotherProgramCut_SeesIt()
    {
        var root = await AttachAsync();
        var handle = await CreateAsync(root, "file", MaxBytes);
        await using (var other = File.OpenWrite(_directory["file"])) other.SetLength(10);

        Quota(root).Count(isFirst: false);

        Quota(root).UsedBytes.Should().Be(10);
        await handle.CloseAsync(CloseReason.Closed, default);
        Quota(root).UsedBytes.Should().Be(10);
    }

    [Fact]
    public async Task Guests_InParallel_StayWithinTheLimit()
    {
        const int guests = 8;
        const long limit = 100_000;
        var root = await AttachAsync(new() { MaxBytes = limit, MaxNodes = 40 });
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(() => Watch(limit, stop.Token));

        await Task.WhenAll(Enumerable.Range(0, guests).Select(guest => Task.Run(() => ChurnAsync(root, guest))));
        await stop.CancelAsync();

        // Sizes are looked at one after the other while they move, so this is a bound with room for one write of each guest.
        (await watching).Should().BeLessThanOrEqualTo(limit + (guests * 5000));
        Directory.GetFileSystemEntries(_directory.Path).Should().BeEmpty();

        // A walk during the churn counts too much rather than too little; the next one puts it right.
        await Quota(root).Counting;
        Quota(root).UsedBytes.Should().BeGreaterThanOrEqualTo(0);
        Quota(root).Count(isFirst: false);
        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((0, 0));
    }

    [Fact]
    public async Task Guests_InParallelFarFromTheLimit_GiveBackToTheLastByte()
    {
        var root = await AttachAsync(new() { MaxBytes = 1L << 50, MaxNodes = 1L << 50 });

        await Task.WhenAll(Enumerable.Range(0, 8).Select(guest => Task.Run(() => ChurnAsync(root, guest))));

        Directory.GetFileSystemEntries(_directory.Path).Should().BeEmpty();
        Quota(root).Counting.Should().BeSameAs(Task.CompletedTask, "nothing was counted anew");
        (Quota(root).UsedBytes, Quota(root).UsedNodes).Should().Be((0, 0));
    }

    [Fact]
    public async Task HostCalls_OnAFullDirectory_AreNoSpcOnTheGuestsStack()
    {
        await using var guest =
            new AbiGuest(HalfMode.Synchronous, extra: new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite, new() { MaxBytes = 100, MaxNodes = 2 }));
        var file = await guest.OpenAsync("extra/file", OpenFlags.Create, Rights.FdRead | Rights.FdWrite | Rights.FdSeek, DescriptorFlags.None);
        var (buffer, result) = (guest.Memory.Allocate(256), guest.Memory.Allocate(64));
        var vectors = guest.PutVectors((buffer, 80), (buffer, 80));

        (await guest.CallAsync("fd_write", file, vectors, 2, result)).Should().Be(Errno.Success);
        guest.Memory.U32(result).Should().Be(100, "as much as there is room for");
        (await guest.CallAsync("fd_write", file, vectors, 2, result)).Should().Be(Errno.NoSpc);
        (await guest.CallAsync("fd_pwrite", file, vectors, 2, 99, result)).Should().Be(Errno.Success);
        (await guest.CallAsync("fd_filestat_set_size", file, 101)).Should().Be(Errno.NoSpc);
        (await guest.CallAsync("fd_allocate", file, 90, 11)).Should().Be(Errno.NoSpc);
        await guest.CloseAsync(file);
        var appended = await guest.OpenAsync("extra/file", OpenFlags.None, Rights.FdWrite, DescriptorFlags.Append);
        (await guest.CallAsync("fd_write", appended, vectors, 1, result)).Should().Be(Errno.NoSpc);
        await guest.CloseAsync(appended);
    }

    private long BlocksOf(string name)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "stat", ["-c", "%b", _directory[name]])
        { RedirectStandardOutput = true, UseShellExecute = false })!;
        return long.Parse(process.StandardOutput.ReadToEnd(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static HostQuota Quota(VirtualDirectory root) => ((HostDirectoryNode)root).Inode.Tree.Quota!;

    private static ReadOnlySequence<byte> Bytes(int count) => new(new byte[count]);

    private static async Task<Errno> GrowAsync(FileHandle handle, string growth, long size) => growth switch
    {
        "write" => (await WriteAsync(handle, 10, size)).Error,
        "write far away" => (await WriteAsync(handle, 10, size + 500)).Error,
        "append" => (await handle.AppendAsync(Bytes(10), default)).Error,
        "set size" => await handle.SetSizeAsync(size + 10, default),
        "allocate" => await handle.AllocateAsync(size - 10, 20, default),
        _ => (await handle.WriteAsync(Pieces(), size, default)).Error,
    };

    private static ReadOnlySequence<byte> Pieces()
    {
        var (first, second) = (new Piece(new byte[5], 0), new Piece(new byte[5], 5));
        first.Append(second);
        return new(first, 0, second, 5);
    }

    private static ValueTask<FsResult<long>> WriteAsync(FileHandle handle, int count, long offset) => handle.WriteAsync(Bytes(count), offset, default);

    private static async Task<FileHandle> CreateAsync(VirtualDirectory root, string name, int bytes = 0, bool close = false)
    {
        var file = (await root.CreateFileAsync(name, exclusive: true, default)).Value!;
        var handle = await OpenAsync(file, new(FileAccess.ReadWrite));
        if (bytes > 0) (await WriteAsync(handle, bytes, 0)).Value.Should().Be(bytes);
        if (close) await handle.CloseAsync(CloseReason.Closed, default);
        file.Release();
        return handle;
    }

    private static async Task<FileHandle> OpenAsync(VirtualFile file, FileOpenOptions options)
    {
        var handle = await file.OpenAsync(options, default);
        handle.Error.Should().Be(Errno.Success);
        return handle.Value!;
    }

    private static async Task<T> LookupAsync<T>(VirtualDirectory directory, string name)
        where T : VirtualNode =>
        (T)(await directory.LookupAsync(name, default)).Value!;

    private static async Task ChurnAsync(VirtualDirectory root, int guest)
    {
        var random = new Random(guest);
        for (var round = 0; round < 200; round++)
        {
            var name = $"f{random.Next(4)}";
            var created = await root.CreateFileAsync(name, exclusive: true, default);
            if (created.TryGet(out var file)) file.Release();
            var found = await root.LookupAsync(name, default);
            if (!found.TryGet(out var node)) continue;
            var opened = await ((VirtualFile)node).OpenAsync(new(FileAccess.ReadWrite, Truncate: random.Next(3) == 0), default);
            if (opened.TryGet(out var handle))
            {
                await WriteAsync(handle, random.Next(1, 5000), random.Next(40_000));
                await handle.AppendAsync(Bytes(random.Next(1, 5000)), default);
                await handle.SetSizeAsync(random.Next(40_000), default);
                if (random.Next(2) == 0) await root.RemoveFileAsync(name, default);
                else await root.RenameAsync(name, root, $"f{random.Next(4)}", default);
                await handle.CloseAsync(CloseReason.Closed, default);
            }

            node.Release();
        }

        for (var index = 0; index < 4; index++) await root.RemoveFileAsync($"f{index}", default);
    }

    // The most that was seen.
    private long Watch(long limit, CancellationToken cancellationToken)
    {
        var most = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            var sum = new DirectoryInfo(_directory.Path).EnumerateFiles().Sum(static file => file.Exists ? file.Length : 0);
            most = Math.Max(most, sum);
            if (most > 10 * limit) break;
        }

        return most;
    }

    private async Task<VirtualDirectory> AttachAsync(HostDirectoryOptions? options = null) =>
        await new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite, options ?? new() { MaxBytes = MaxBytes, MaxNodes = MaxNodes })
            .AttachAsync(new InvocationContext { Id = "test" }, default);

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, long start) => (Memory, RunningIndex) = (bytes, start);

        public void Append(Piece next) => Next = next;
    }
}
