using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>Mounts that throw, and guests that are ended in the middle of a call. That no node is lost is asserted when the guest is disposed.</summary>
public class FailureTests
{
    public static TheoryData<string, HalfMode> Members()
    {
        var data = new TheoryData<string, HalfMode>();
        foreach (var member in s_calls.Keys)
        {
            data.Add(member, HalfMode.Synchronous);
            data.Add(member, HalfMode.Suspending);
        }

        return data;
    }

    // For each member of a mount, a call that comes to it, and the path that the message should have.
    private static readonly Dictionary<string, (Func<AbiGuest, uint, Task<Errno>> Call, string Path)> s_calls = new(StringComparer.Ordinal)
    {
        ["LookupAsync"] = ((guest, _) => guest.UnlinkAsync("dir/file/"), "/dir/file/"),
        ["CreateFileAsync"] = (async (guest, _) => (await guest.TryOpenAsync("dir/new", OpenFlags.Create)).Error, "/dir/new"),
        ["CreateDirectoryAsync"] = ((guest, _) => guest.MakeDirectoryAsync("dir/new"), "/dir/new"),
        ["CreateSymlinkAsync"] = ((guest, _) => guest.SymlinkAsync("x", "dir/new"), "/dir/new"),
        ["LinkAsync"] = ((guest, _) => guest.LinkAsync("dir/file", "dir/new"), "/dir/new"),
        ["RemoveFileAsync"] = ((guest, _) => guest.UnlinkAsync("dir/file"), "/dir/file"),
        ["RemoveDirectoryAsync"] = ((guest, _) => guest.RemoveDirectoryAsync("dir/empty"), "/dir/empty"),
        ["RenameAsync"] = ((guest, _) => guest.RenameAsync("dir/file", "dir/new"), "/dir/new"),
        ["ReadTargetAsync"] = (async (guest, _) => (await guest.TryOpenAsync("dir/link", follow: true)).Error, "/dir/link"),
        ["OpenAsync"] = (async (guest, _) => (await guest.TryOpenAsync("dir/new", OpenFlags.Create)).Error, "/dir/new"),
        ["GetAttributesAsync"] = (async (guest, _) => (await guest.StatusAsync("dir/link", follow: true)).Error, "/dir/link"),
        ["SetAttributesAsync"] = ((guest, file) => guest.CallAsync("fd_filestat_set_times", file, 1, 1, 5), "/dir/file"),
        ["ReadAsync"] = (async (guest, file) => (await guest.ReadAsync(file)).Error, "/dir/file"),
        ["WriteAsync"] = (async (guest, file) => (await guest.WriteAsync(file, "x")).Error, "/dir/file"),
        ["SetSizeAsync"] = ((guest, file) => guest.CallAsync("fd_filestat_set_size", file, 1), "/dir/file"),
        ["AllocateAsync"] = ((guest, file) => guest.CallAsync("fd_allocate", file, 0, 1), "/dir/file"),
        ["FlushAsync"] = ((guest, file) => guest.CallAsync("fd_sync", file), "/dir/file"),
        ["CloseAsync"] = ((guest, file) => guest.CloseAsync(file), "/dir/file"),
    };

    [Theory, MemberData(nameof(Members))]
    public async Task Mount_Throws_IsIOAndOneDiagnosticsEntry(string member, HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var file = await PrepareAsync(guest);
        var count = 0;
        guest.Ledger.Before = name =>
        {
            if (name == member && count++ == 0) throw new TimeoutException("the backend is gone");
        };
        (await s_calls[member].Call(guest, file)).Should().Be(Errno.IO);
        count.Should().BePositive();
        var entry = guest.Diagnostics.Entries.Should().ContainSingle().Subject;
        entry.Path.Should().Be(s_calls[member].Path);
        entry.Exception.Should().BeOfType<TimeoutException>();
        guest.Trace.Lines[^1].Should().StartWith(entry.Function + "(").And.EndWith(" = io");
        (await guest.StatusAsync("dir")).Error.Should().Be(Errno.Success, "the guest goes on");
    }

    [Theory, MemberData(nameof(Members))]
    public async Task Guest_EndedInACall_Throws(string member, HalfMode mode)
    {
        if (mode == HalfMode.Synchronous) return;
        await using var guest = new AbiGuest(mode);
        var file = await PrepareAsync(guest);
        using var end = new CancellationTokenSource();
        guest.CancellationToken = end.Token;
        guest.Ledger.Before = name =>
        {
            if (name == member) end.Cancel();
        };
        await FluentActions.Awaiting(() => s_calls[member].Call(guest, file)).Should().ThrowAsync<OperationCanceledException>();
        guest.Diagnostics.Entries.Should().BeEmpty();
    }

    [Theory, BothHalves]
    public async Task Attach_Throws_IsIOUntilItWorks(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        guest.Ledger.Before = name =>
        {
            if (name == "AttachAsync") throw new TimeoutException();
        };
        (await guest.TryOpenAsync("dev/null")).Error.Should().Be(Errno.IO);
        guest.Diagnostics.Entries.Should().ContainSingle().Which.Path.Should().Be("/dev/null");
        guest.Ledger.Before = null;
        await guest.OpenAsync("dev/null");
    }

    [Fact]
    public async Task Mount_ThrowsCancellationOfItsOwn_IsIO()
    {
        await using var guest = new AbiGuest(HalfMode.Suspending);
        var file = await PrepareAsync(guest);
        guest.Ledger.Before = _ => throw new OperationCanceledException("a client's own time-out");
        (await guest.ReadAsync(file)).Error.Should().Be(Errno.IO);
        guest.Diagnostics.Entries.Should().ContainSingle();
    }

    [Fact]
    public async Task Read_StreamThrows_LendsNothingAnyMore()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        guest.Streams[0].ReadFailure = new IOException("gone");
        (await guest.ReadAsync(0)).Error.Should().Be(Errno.IO);
        guest.ShouldHaveChangedOnly();
        guest.Diagnostics.Entries.Should().ContainSingle().Which
            .Should().BeEquivalentTo((Function: "fd_read", Path: "/dev/std0", Exception: guest.Streams[0].ReadFailure));
        guest.Streams[0].ReadFailure = null;
        guest.Streams[0].Feed((byte)'x');
        (await guest.ReadAsync(0)).Should().Be((Errno.Success, "x"));
    }

    private static async Task<uint> PrepareAsync(AbiGuest guest)
    {
        await guest.MakeDirectoryAsync("dir");
        await guest.MakeDirectoryAsync("dir/empty");
        await guest.CreateAsync("dir/file", "abc");
        await guest.SymlinkAsync("file", "dir/link");
        return await guest.OpenAsync("dir/file", 0, Rights.FdRead | Rights.FdWrite);
    }
}
