using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

/// <summary>Host calls on a host directory, which the guest sees at <c>/extra</c>.</summary>
public sealed class HostDirectoryCallTests : IDisposable
{
#if DEBUG
    private const string? SkipAllocations = "The asynchronous methods of a debug build allocate their state.";
#else
    private const string? SkipAllocations = null;
#endif

    private readonly TemporaryDirectory _directory = new();

    public HostDirectoryCallTests()
    {
        Directory.CreateDirectory(_directory["sub"]);
        foreach (var path in new[] { "file", "sub/file" }) File.WriteAllText(_directory[path], "0123456789abcdef");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Status_ByName_EqualsThatOfTheDescriptor()
    {
        await using var guest = NewGuest();
        foreach (var (path, open) in new[] { ("extra/sub/file", OpenFlags.None), ("extra/sub", OpenFlags.Directory), ("extra/sub/", OpenFlags.Directory),
            ("extra", OpenFlags.Directory) })
        {
            var number = await guest.OpenAsync(path, open);
            var (error, status) = await guest.StatusAsync(path);
            error.Should().Be(Errno.Success, "of {0}", path);
            status.Should().Be(await guest.StatusAsync(number), "of {0}", path);
            await guest.CloseAsync(number);
        }

        (await guest.StatusAsync("extra/sub/file")).Status.Should().Match<GuestStatus>(status => status.Type == FileType.RegularFile && status.Size == 16);
    }

    [Fact]
    public async Task Status_ByName_FollowsLinksOnlyIfAsked()
    {
        await using var guest = NewGuest();
        File.CreateSymbolicLink(_directory["link"], "sub/file");
        File.CreateSymbolicLink(_directory["out"], "../..");
        Directory.CreateSymbolicLink(_directory["directory"], "sub");

        (await guest.StatusAsync("extra/link")).Status.Type.Should().Be(FileType.SymbolicLink);
        (await guest.StatusAsync("extra/link", follow: true)).Status.Size.Should().Be(16);
        (await guest.StatusAsync("extra/directory/")).Status.Type.Should().Be(FileType.Directory);
        (await guest.StatusAsync("extra/directory/file")).Status.Size.Should().Be(16);
        (await guest.StatusAsync("extra/out", follow: true)).Error.Should().Be(Errno.NotCapable);
        (await guest.StatusAsync("extra/missing")).Error.Should().Be(Errno.NoEnt);
        (await guest.StatusAsync("extra/missing/file")).Error.Should().Be(Errno.NoEnt);
        (await guest.StatusAsync("extra/sub/file/")).Error.Should().Be(Errno.NotDir);
        (await guest.StatusAsync("extra/sub/file/below")).Error.Should().Be(Errno.NotDir);
    }

    [Fact]
    public async Task List_FromAPositionFarOff_CountsWhereTheGuestMayBeEnded()
    {
        for (var index = 0; index < 600; index++) await File.WriteAllBytesAsync(_directory[FormattableString.Invariant($"sub/{index}")], []);
        await using var guest = NewGuest();
        var number = await guest.OpenAsync("extra/sub", OpenFlags.Directory);
        var (buffer, result) = (guest.Memory.Allocate(512), guest.Memory.Allocate(4));
        foreach (var isFirst in new[] { true, false })
        {
            (await guest.CallAsync("fd_readdir", number, buffer, 512, 550, result)).Should().Be(Errno.Success);
            guest.WasSuspended.Should().Be(isFirst, "the second time the position is known");
            guest.Memory.Memory.TryGetSpan(result, 4, out var used);
            BitConverter.ToInt32(used).Should().Be(512);
            guest.Memory.Memory.TryGetSpan(buffer, 8, out var next);
            BitConverter.ToUInt64(next).Should().Be(551);
        }

        await guest.CloseAsync(number);
    }

    [Fact]
    public async Task Flush_Directory_IsPossible()
    {
        var root = await new HostDirectoryMount(_directory.Path, FileAccess.Read).AttachAsync(new InvocationContext { Id = "test" }, default);

        // The node's own descriptor would say EBADF.
        (await root.FlushAsync(default)).Should().Be(Errno.Success);
    }

    [Theory(Skip = SkipAllocations)]
    [InlineData("fd_read", "fd_write")]
    [InlineData("fd_pread", "fd_pwrite")]
    [InlineData("fd_filestat_get", "fd_seek")]
    [InlineData("fd_sync", "fd_datasync")]
    [InlineData("fd_filestat_set_size", "fd_tell")]
    [InlineData("path_create_directory", "path_remove_directory")]
    [InlineData("path_filestat_get", "path_filestat_get of nothing")]
    public async Task Begin_RepeatedCall_AllocatesNothing(string first, string second)
    {
        await using var guest = NewGuest();
        var file = await guest.OpenAsync("extra/sub/file", 0, Rights.FdRead | Rights.FdWrite, DescriptorFlags.None);
        guest.Memory.Reuse();
        var (buffer, result) = (guest.Memory.Allocate(64), guest.Memory.Allocate(64));
        var (vectors, nothing, existing) = (guest.PutVectors((buffer, 16)), guest.Put("extra/nothing"), guest.Put("extra/file"));

        Call Find(string name) => name switch
        {
            "fd_read" or "fd_write" => new(name, [file, vectors, 1, result]),
            "fd_pread" or "fd_pwrite" => new(name, [file, vectors, 1, 0, result]),
            "fd_seek" => new(name, [file, 0, 0, result]),
            "fd_filestat_set_size" => new(name, [file, 16]),
            "path_create_directory" or "path_remove_directory" => new(name, [AbiGuest.Root, nothing, 13]),
            "path_filestat_get" => new(name, [AbiGuest.Root, 1, existing, 10, result]),
            "path_filestat_get of nothing" => new("path_filestat_get", [AbiGuest.Root, 1, nothing, 13, result], Errno.NoEnt),
            "fd_filestat_get" or "fd_tell" => new(name, [file, result]),
            _ => new(name, [file]),
        };

        Measure(guest, Find(first), Find(second)).Should().Be(0);
    }

    [Fact(Skip = SkipAllocations)]
    public async Task Begin_OpenAndClose_AllocatesLittle()
    {
        await using var guest = NewGuest();
        guest.Memory.Reuse();
        var (path, result) = (guest.Put("extra/file"), guest.Memory.Allocate(4));
        var open = new Call("path_open", [AbiGuest.Root, 0, path, 10, 0, (ulong)Rights.FdRead, 0, 0, result]);

        // The descriptor, the node and the handle, and of the latter two the process's descriptors. The runtime may add an object of its own in 200 rounds.
        Measure(guest, open, new Call("fd_close", [4])).Should().BeLessThan(273);
    }

    private AbiGuest NewGuest() => new(HalfMode.Synchronous, extra: new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite));

    // Bytes per round.
    private static double Measure(AbiGuest guest, Call first, Call second)
    {
        const int repetitions = 200;
        const int attempts = 20;

        // Without the recording trace and the fake clock, which do allocate.
        var state = new GuestState(guest.Descriptors, new GuestClock(TimeProvider.System), SystemRandomSource.Instance);
        var context = new Preview1Context(state, guest.Diagnostics) { Memory = guest.Memory.Memory };
        Run();

        // The least of several: what the compiler has not optimised yet allocates more.
        return Enumerable.Range(0, attempts).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var repetition = 0; repetition < repetitions; repetition++) Run();
            return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / repetitions;
        });

        void Run()
        {
            if (first.Begin(context) != first.Expected || second.Begin(context) != second.Expected) throw new InvalidOperationException();
        }
    }

    // As a guest with a thread of its own makes it, which is parked while the call waits.
#pragma warning disable CA1001 // Neither has anything to release as long as nobody asks for a handle or a timer.
    private sealed class Call(string name, ulong[] arguments, Errno expected = Errno.Success)
#pragma warning restore CA1001
    {
        private readonly HostFunction _function = AbiGuest.Find(Preview1Functions.Preview1Module, name);
        private readonly ManualResetEventSlim _completed = new();
        private readonly CancellationTokenSource _source = new();
        private Action? _signal;

        public Errno Expected => expected;

        public Errno Begin(Preview1Context context)
        {
            var values = default(CallArguments);
            for (var index = 0; index < arguments.Length; index++) values[index] = arguments[index];
            var outcome = _function.Begin(context, values);
            if (!outcome.IsMustWait) return outcome.Error;
            var awaiter = _function.CompleteAsync(context, values, _source.Token).GetAwaiter();
            if (!awaiter.IsCompleted)
            {
                _completed.Reset();
                awaiter.UnsafeOnCompleted(_signal ??= _completed.Set);
                _completed.Wait();
            }

#pragma warning disable VSTHRD002 // It has completed.
            return awaiter.GetResult();
#pragma warning restore VSTHRD002
        }
    }
}
