using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.HostCalls;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

/// <summary>
/// Every pointer argument of every function, set to where no byte may be touched: the answer is EFAULT, and nothing changes, in memory or in the tree.
/// </summary>
public class HostilePointerTests
{
    private const uint File = 4;
    private const ulong End = NativeGuestMemory.Size;

    // A working call of each function. An argument is a number, or: P = room of 64 bytes, S = the path "file", L = the path "link", N = the path "new" (each
    // with its length behind it), V = one vector of 8 bytes, C = one subscription, X = an address of the test's. Behind a colon: which arguments are pointers,
    // and how many bytes each needs.
    private static readonly (string Name, string Arguments, (int Index, uint Size)[] Pointers)[] s_calls =
    [
        ("args_get", "P P", [(0, 8), (1, 4)]),
        ("args_sizes_get", "P P", [(0, 4), (1, 4)]),
        ("environ_get", "P P", [(0, 4), (1, 4)]),
        ("environ_sizes_get", "P P", [(0, 4), (1, 4)]),
        ("clock_res_get", "1 P", [(1, 8)]),
        ("clock_time_get", "1 0 P", [(2, 8)]),
        ("fd_fdstat_get", "4 P", [(1, 24)]),
        ("fd_filestat_get", "4 P", [(1, 64)]),
        ("fd_pread", "4 V 1 0 P", [(1, 8), (4, 4)]),
        ("fd_prestat_get", "3 P", [(1, 8)]),
        ("fd_prestat_dir_name", "3 P 1", [(1, 1)]),
        ("fd_pwrite", "4 V 1 0 P", [(1, 8), (4, 4)]),
        ("fd_read", "4 V 1 P", [(1, 8), (3, 4)]),
        ("fd_readdir", "3 P 64 0 P", [(1, 64), (4, 4)]),
        ("fd_seek", "4 1 0 P", [(3, 8)]),
        ("fd_seek", "4 1 2 P", [(3, 8)]),
        ("fd_tell", "4 P", [(1, 8)]),
        ("fd_write", "4 V 1 P", [(1, 8), (3, 4)]),
        ("path_create_directory", "3 N", [(1, 3)]),
        ("path_filestat_get", "3 0 S P", [(2, 4), (4, 64)]),
        ("path_filestat_set_times", "3 0 S 1 1 5", [(2, 4)]),
        ("path_link", "3 0 S 3 N", [(2, 4), (5, 3)]),
        ("path_open", "3 0 N 1 2 0 0 P", [(2, 3), (8, 4)]),
        ("path_readlink", "3 S P 64 P", [(1, 4), (3, 64), (5, 4)]),
        ("path_remove_directory", "3 S", [(1, 4)]),
        ("path_rename", "3 S 3 N", [(1, 4), (4, 3)]),
        ("path_symlink", "S 3 N", [(0, 4), (3, 3)]),
        ("path_unlink_file", "3 S", [(1, 4)]),
        ("poll_oneoff", "C P 1 P", [(0, 48), (1, 32), (3, 4)]),
        ("random_get", "P 64", [(0, 64)]),
    ];

    public static TheoryData<string, string, int, HalfMode> Pointers()
    {
        var data = new TheoryData<string, string, int, HalfMode>();
        foreach (var (name, arguments, pointers) in s_calls)
        {
            foreach (var (index, _) in pointers)
            {
                data.Add(name, arguments, index, HalfMode.Synchronous);
                data.Add(name, arguments, index, HalfMode.Suspending);
            }
        }

        return data;
    }

    [Fact]
    public void Calls_CoverEveryFunctionWithPointers()
    {
        string[] without =
        [
            "fd_advise", "fd_allocate", "fd_close", "fd_datasync", "fd_fdstat_set_flags", "fd_fdstat_set_rights", "fd_filestat_set_size",
            "fd_filestat_set_times",
            "fd_renumber", "fd_sync", "proc_exit", "proc_raise", "sched_yield", "sock_accept", "sock_recv", "sock_send", "sock_shutdown",
        ];
        s_calls.Select(call => call.Name).Distinct(StringComparer.Ordinal).Concat(without).Should()
            .BeEquivalentTo(Embedding.Preview1.Preview1Functions.Table.Functions.Select(function => function.Name).Distinct(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Pointers))]
    public async Task Pointer_Outside_IsFaultAndChangesNothing(string name, string template, int index, HalfMode mode)
    {
        var size = s_calls.Single(call => call.Name == name && call.Arguments == template).Pointers.Single(pointer => pointer.Index == index).Size;
        await using var guest = new AbiGuest(mode, arguments: ["a", "b"], environment: ["c=1"]);
        await guest.CreateAsync("file", "0123456789");
        (await guest.OpenAsync("file", 0, Embedding.Descriptors.Rights.FdRead | Embedding.Descriptors.Rights.FdWrite)).Should().Be(File);
        var before = await ObserveAsync(guest);
        foreach (var pointer in new ulong[] { End - size + 1, End - 1, End, int.MaxValue, 0x8000_0000, uint.MaxValue - 1, uint.MaxValue })
        {
            // The byte at the very end is a good pointer for what is one byte long.
            if (pointer + size <= End) continue;
            guest.Memory.Reuse();
            var arguments = Build(guest, template);
            arguments[index] = pointer;
            (await guest.CallAsync(name, arguments)).Should().Be(Errno.Fault, "{0} of {1} bytes at {2:x}", name, size, pointer);
            guest.ShouldHaveChangedOnly();
        }

        (await ObserveAsync(guest)).Should().Be(before);
        guest.Diagnostics.Entries.Should().BeEmpty();
    }

    [Theory]
    [InlineData("path_open", 2)]
    [InlineData("path_unlink_file", 1)]
    [InlineData("path_rename", 4)]
    [InlineData("path_readlink", 3)]
    [InlineData("fd_readdir", 1)]
    [InlineData("random_get", 0)]
    public async Task Length_Outside_IsFaultAndChangesNothing(string name, int index)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        await guest.CreateAsync("file", "0123456789");
        await guest.OpenAsync("file");
        var template = s_calls.First(call => call.Name == name).Arguments;
        foreach (var length in new ulong[] { End, End + 1, int.MaxValue, 0x8000_0000, uint.MaxValue })
        {
            guest.Memory.Reuse();
            var arguments = Build(guest, template);
            arguments[index + 1] = length;
            (await guest.CallAsync(name, arguments)).Should().Be(Errno.Fault, "{0} bytes", length);
            guest.ShouldHaveChangedOnly();
        }
    }

    [Theory]
    [InlineData("fd_read", 4)]
    [InlineData("fd_pread", 5)]
    [InlineData("fd_write", 4)]
    [InlineData("fd_pwrite", 5)]
    public async Task Vector_Outside_IsFaultAndMovesNothing(string name, int count)
    {
        foreach (var mode in new[] { HalfMode.Synchronous, HalfMode.Suspending })
        {
            await using var guest = new AbiGuest(mode);
            await guest.CreateAsync("file", "0123456789");
            await guest.OpenAsync("file", 0, Embedding.Descriptors.Rights.FdRead | Embedding.Descriptors.Rights.FdWrite);
            var before = await ObserveAsync(guest);
            foreach (var (address, length) in new[] { ((uint)End, 1u), ((uint)End - 1, 2u), (uint.MaxValue, 1u), (0u, uint.MaxValue), (1u, (uint)End) })
            {
                guest.Memory.Reuse();
                var good = guest.Put("abcd");
                var vectors = guest.PutVectors((good, 4), (address, length));
                ulong[] arguments = [File, vectors, 2, .. count == 5 ? new ulong[] { 0 } : [], guest.Memory.Allocate(4)];
                (await guest.CallAsync(name, arguments)).Should().Be(Errno.Fault, "{0} bytes at {1}", length, address);
                guest.ShouldHaveChangedOnly();
            }

            (await ObserveAsync(guest)).Should().Be(before);
        }
    }

    // POSIX read and write: no bytes are no access. wasmtime looks at the first vector that is not empty, and at no address of the others.
    [Theory]
    [InlineData("fd_read", 4)]
    [InlineData("fd_pread", 5)]
    [InlineData("fd_write", 4)]
    [InlineData("fd_pwrite", 5)]
    public async Task Vector_Empty_MayBeAnywhere(string name, int count)
    {
        foreach (var mode in new[] { HalfMode.Synchronous, HalfMode.Suspending })
        {
            foreach (var address in new[] { (uint)End, (uint)End + 1, 0x8000_0000, uint.MaxValue })
            {
                await using var guest = new AbiGuest(mode);
                await guest.CreateAsync("file", "0123456789");
                await guest.OpenAsync("file", 0, Embedding.Descriptors.Rights.FdRead | Embedding.Descriptors.Rights.FdWrite);
                guest.Memory.Reuse();
                var (good, offset) = (guest.Put("abcd"), count == 5 ? new ulong[] { 0 } : []);
                var vectors = guest.PutVectors((address, 0), (good, 4), (address, 0));
                var result = guest.Memory.Allocate(4);
                (await guest.CallAsync(name, [File, vectors, 3, .. offset, result])).Should().Be(Errno.Success);
                guest.Memory.U32(result).Should().Be(4);
                (await guest.CallAsync(name, [File, vectors, 1, .. offset, result])).Should().Be(Errno.Success);
                guest.Memory.U32(result).Should().Be(0);

                // No vectors, from anywhere; and one, which must be there to be read.
                (await guest.CallAsync(name, [File, address, 0, .. offset, result])).Should().Be(Errno.Success);
                guest.Memory.U32(result).Should().Be(0);
                guest.ShouldHaveChangedOnly((good, 4), (result, 4));
                (await guest.CallAsync(name, [File, address, 1, .. offset, result])).Should().Be(Errno.Fault);
            }
        }
    }

    // Of other calls: an answer that has nothing to do with the address.
    [Theory]
    [InlineData("random_get", "X 0", Errno.Success)]
    [InlineData("fd_readdir", "3 X 0 0 P", Errno.Success)]
    [InlineData("path_open", "3 0 X 0 0 0 0 0 P", Errno.NoEnt)]
    [InlineData("path_create_directory", "3 X 0", Errno.NoEnt)]
    [InlineData("path_remove_directory", "3 X 0", Errno.NoEnt)]
    [InlineData("path_unlink_file", "3 X 0", Errno.NoEnt)]
    [InlineData("path_filestat_get", "3 0 X 0 P", Errno.NoEnt)]
    [InlineData("path_filestat_set_times", "3 0 X 0 1 1 5", Errno.NoEnt)]
    [InlineData("path_readlink", "3 X 0 P 64 P", Errno.NoEnt)]
    [InlineData("path_readlink", "3 L X 0 P", Errno.Success)]
    [InlineData("path_rename", "3 X 0 3 N", Errno.NoEnt)]
    [InlineData("path_symlink", "X 0 3 N", Errno.NoEnt)]
    [InlineData("path_link", "3 0 X 0 3 N", Errno.NoEnt)]
    [InlineData("args_get", "X X", Errno.Success)]
    [InlineData("environ_get", "X X", Errno.Success)]
    [InlineData("fd_prestat_dir_name", "3 X 0", Errno.NameTooLong)]
    [InlineData("poll_oneoff", "X X 0 P", Errno.Inval)]
    public async Task Nothing_Anywhere_IsNotFault(string name, string template, Errno expected)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        await guest.CreateAsync("file");
        await guest.SymlinkAsync("file", "link");
        foreach (var address in new ulong[] { End + 1, 0x8000_0000, uint.MaxValue })
        {
            guest.Memory.Reuse();
            (await guest.CallAsync(name, Build(guest, template, address))).Should().Be(expected);
        }
    }

    // Everything that a call which should have failed could have done.
    private static async Task<string> ObserveAsync(AbiGuest guest)
    {
        var file = (await guest.StatusAsync("file")).Status;
        var (isNew, offset) = ((await guest.StatusAsync("new")).Error, (await guest.SeekAsync(File, 0, 1)).Offset);
        return $"{file with { Accessed = 0 }} {isNew} {offset} {guest.Descriptors.TryGet(5, out _)}";
    }

    private static ulong[] Build(AbiGuest guest, string template, ulong address = 0)
    {
        var arguments = new List<ulong>();
        foreach (var token in template.Split(' '))
        {
            switch (token)
            {
                case "P":
                    arguments.Add(guest.Memory.Allocate(64));
                    break;
                case "X":
                    arguments.Add(address);
                    break;
                case "L":
                    arguments.AddRange([guest.Put("link"), 4]);
                    break;
                case "S":
                    arguments.AddRange([guest.Put("file"), 4]);
                    break;
                case "N":
                    arguments.AddRange([guest.Put("new"), 3]);
                    break;
                case "V":
                    arguments.Add(guest.PutVectors((guest.Memory.Allocate(8), 8)));
                    break;
                case "C":
                    arguments.Add(guest.Memory.Put(new byte[48]));
                    break;
                default:
                    arguments.Add(ulong.Parse(token, System.Globalization.CultureInfo.InvariantCulture));
                    break;
            }
        }

        return [.. arguments];
    }
}
