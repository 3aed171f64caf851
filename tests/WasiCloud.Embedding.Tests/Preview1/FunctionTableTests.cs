using FluentAssertions;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class FunctionTableTests
{
    // Name and parameters as the witx files of both snapshots declare them, i = i32, I = i64; each but proc_exit returns an i32 errno.
    private const string Signatures = """
        args_get ii
        args_sizes_get ii
        clock_res_get ii
        clock_time_get iIi
        environ_get ii
        environ_sizes_get ii
        fd_advise iIIi
        fd_allocate iII
        fd_close i
        fd_datasync i
        fd_fdstat_get ii
        fd_fdstat_set_flags ii
        fd_fdstat_set_rights iII
        fd_filestat_get ii
        fd_filestat_set_size iI
        fd_filestat_set_times iIIi
        fd_pread iiiIi
        fd_prestat_dir_name iii
        fd_prestat_get ii
        fd_pwrite iiiIi
        fd_read iiii
        fd_readdir iiiIi
        fd_renumber ii
        fd_seek iIii
        fd_sync i
        fd_tell ii
        fd_write iiii
        path_create_directory iii
        path_filestat_get iiiii
        path_filestat_set_times iiiiIIi
        path_link iiiiiii
        path_open iiiiiIIii
        path_readlink iiiiii
        path_remove_directory iii
        path_rename iiiiii
        path_symlink iiiii
        path_unlink_file iii
        poll_oneoff iiii
        proc_exit i
        proc_raise i
        random_get ii
        sched_yield
        sock_recv iiiiii
        sock_send iiiii
        sock_shutdown ii
        """;

    [Fact]
    public void All_Preview1_IsTheWitxTable() => Describe("wasi_snapshot_preview1").Should().Equal(Expected(["sock_accept iii"]));

    [Fact]
    public void All_Snapshot0_IsTheWitxTable() => Describe("wasi_unstable").Should().Equal(Expected([]));

    [Fact]
    public void All_Modules_AreTheTwoSnapshots() => Preview1Functions.Table.Functions.Should().HaveCount(46 + 45);

    [Fact]
    public void ReturnsErrno_AllButExit_IsTrue() =>
        Preview1Functions.Table.Functions.Where(function => !function.ReturnsErrno).Select(function => function.Name).Should().Equal("proc_exit", "proc_exit");

    private static IEnumerable<string> Expected(string[] more) =>
        Signatures.Split('\n').Select(line => line.Trim()).Concat(more).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Describe(string module) => Preview1Functions.Table.Functions
        .Where(function => function.Module == module)
        .Select(function => $"{function.Name} {string.Concat(function.Parameters.Select(Letter))}".Trim())
        .Order(StringComparer.Ordinal);

    private static char Letter(HostCallParameter parameter) => parameter.Type == HostCallValueType.I64 ? 'I' : 'i';
}
