using WasiCloud.Embedding.HostCalls;
using static WasiCloud.Embedding.HostCalls.HostCallParameter;
using static WasiCloud.Embedding.Preview1.Preview1Function;

namespace WasiCloud.Embedding.Preview1;

/// <summary>
/// Every function of <c>wasi_snapshot_preview1</c> (46) and <c>wasi_unstable</c> (45: no <c>sock_accept</c>), as the witx files declare them.
/// </summary>
internal static class Preview1Functions
{
    public const string Preview1Module = "wasi_snapshot_preview1";
    public const string Snapshot0Module = "wasi_unstable";

    private static readonly HostCallParameter s_descriptor = I32("fd");

    private static readonly HostCallParameter[] s_seek = [s_descriptor, I64("offset"), I32("whence"), Result64("position")];
    private static readonly HostCallParameter[] s_status = [s_descriptor, Address("stat")];
    private static readonly HostCallParameter[] s_pathStatus = [s_descriptor, Bits("lookup"), .. Utf8("path"), Address("stat")];
    private static readonly HostCallParameter[] s_poll = [Address("in"), Address("out"), I32("count"), Result32("events")];

    /// <summary>All functions of both modules.</summary>
    public static HostCallTable Table { get; } = new(
    [
        .. Shared(Preview1Module),
        WithHalves(Preview1Module, "fd_seek", s_seek, SeekFunctions.Seek, SeekFunctions.SeekAsync),
        OneBody(Preview1Module, "fd_filestat_get", s_status, FileStatusFunctions.DescriptorGetAsync),
        OneBody(Preview1Module, "path_filestat_get", s_pathStatus, FileStatusFunctions.PathGetAsync),
        WithHalves(Preview1Module, "poll_oneoff", s_poll, PollFunctions.Begin, PollFunctions.WaitAsync),
        OneBody(Preview1Module, "sock_accept", [s_descriptor, Bits("flags"), Result32("accepted")], SocketFunctions.AcceptAsync),
        .. Shared(Snapshot0Module),
        WithHalves(Snapshot0Module, "fd_seek", s_seek, SeekFunctions.SeekSnapshot0, SeekFunctions.SeekSnapshot0Async),
        OneBody(Snapshot0Module, "fd_filestat_get", s_status, FileStatusFunctions.DescriptorGetSnapshot0Async),
        OneBody(Snapshot0Module, "path_filestat_get", s_pathStatus, FileStatusFunctions.PathGetSnapshot0Async),
        WithHalves(Snapshot0Module, "poll_oneoff", s_poll, PollFunctions.BeginSnapshot0, PollFunctions.WaitSnapshot0Async),
    ]);

    private static HostFunction[] Shared(string module) => [.. Process(module), .. Descriptors(module), .. Paths(module)];

    private static HostFunction[] Process(string module) =>
    [
        Immediate(module, "args_get", [Address("argv"), Address("buffer")], ArgumentFunctions.ArgumentsGet),
        Immediate(module, "args_sizes_get", [Result32("count"), Result32("bytes")], ArgumentFunctions.ArgumentsSizesGet),
        Immediate(module, "environ_get", [Address("environ"), Address("buffer")], ArgumentFunctions.EnvironmentGet),
        Immediate(module, "environ_sizes_get", [Result32("count"), Result32("bytes")], ArgumentFunctions.EnvironmentSizesGet),
        Immediate(module, "clock_res_get", [I32("clock"), Result64("resolution")], ClockFunctions.ResolutionGet),
        Immediate(module, "clock_time_get", [I32("clock"), I64("precision"), Result64("time")], ClockFunctions.TimeGet),
        Immediate(module, "proc_exit", [I32("code")], ProcessFunctions.Exit, returnsErrno: false),
        Immediate(module, "proc_raise", [I32("signal")], ProcessFunctions.Raise),
        WithHalves(module, "random_get", [Address("buffer"), I32("length")], ProcessFunctions.RandomGet, ProcessFunctions.RandomGetAsync),
        Immediate(module, "sched_yield", [], ProcessFunctions.Yield),
    ];

    private static HostFunction[] Descriptors(string module) =>
    [
        Immediate(module, "fd_advise", [s_descriptor, I64("offset"), I64("length"), I32("advice")], DescriptorFunctions.Advise),
        OneBody(module, "fd_allocate", [s_descriptor, I64("offset"), I64("length")], DescriptorFunctions.AllocateAsync),
        OneBody(module, "fd_close", [s_descriptor], DescriptorFunctions.CloseAsync),
        OneBody(module, "fd_datasync", [s_descriptor], DescriptorFunctions.DataSyncAsync),
        Immediate(module, "fd_fdstat_get", [s_descriptor, Address("stat")], DescriptorFunctions.StatusGet),
        Immediate(module, "fd_fdstat_set_flags", [s_descriptor, Bits("flags")], DescriptorFunctions.FlagsSet),
        Immediate(module, "fd_fdstat_set_rights", [s_descriptor, WideBits("base"), WideBits("inheriting")], DescriptorFunctions.RightsSet),
        OneBody(module, "fd_filestat_set_size", [s_descriptor, I64("size")], FileStatusFunctions.DescriptorSetSizeAsync),
        OneBody(
            module, "fd_filestat_set_times", [s_descriptor, I64("accessed"), I64("modified"), Bits("flags")], FileStatusFunctions.DescriptorSetTimesAsync),
        WithHalves(
            module, "fd_pread", [s_descriptor, .. Vectors(), I64("offset"), Result32("read")], TransferFunctions.ReadAt, TransferFunctions.ReadAtAsync),
        Immediate(module, "fd_prestat_get", [s_descriptor, Address("prestat")], PreopenFunctions.StatusGet),
        Immediate(module, "fd_prestat_dir_name", [s_descriptor, Address("name"), I32("length")], PreopenFunctions.DirectoryNameGet),
        WithHalves(
            module, "fd_pwrite", [s_descriptor, .. Vectors(), I64("offset"), Result32("written")], TransferFunctions.WriteAt, TransferFunctions.WriteAtAsync),
        WithHalves(module, "fd_read", [s_descriptor, .. Vectors(), Result32("read")], TransferFunctions.Read, TransferFunctions.ReadAsync),
        OneBody(module, "fd_readdir", [s_descriptor, Address("buffer"), I32("length"), I64("cookie"), Result32("used")], DirectoryFunctions.ReadAsync),
        OneBody(module, "fd_renumber", [s_descriptor, I32("to")], DescriptorFunctions.RenumberAsync),
        OneBody(module, "fd_sync", [s_descriptor], DescriptorFunctions.SyncAsync),
        Immediate(module, "fd_tell", [s_descriptor, Result64("position")], SeekFunctions.Tell),
        WithHalves(module, "fd_write", [s_descriptor, .. Vectors(), Result32("written")], TransferFunctions.Write, TransferFunctions.WriteAsync),
        WithHalves(
            module, "sock_recv", [s_descriptor, .. Vectors(), Bits("flags"), Result32("read"), Address("outflags")],
            SocketFunctions.Receive, SocketFunctions.ReceiveAsync),
        WithHalves(module, "sock_send", [s_descriptor, .. Vectors(), Bits("flags"), Result32("sent")], SocketFunctions.Send, SocketFunctions.SendAsync),
        OneBody(module, "sock_shutdown", [s_descriptor, Bits("how")], SocketFunctions.ShutDownAsync),
    ];

    private static HostFunction[] Paths(string module) =>
    [
        OneBody(module, "path_create_directory", [s_descriptor, .. Utf8("path")], PathFunctions.CreateDirectoryAsync),
        OneBody(
            module, "path_filestat_set_times", [s_descriptor, Bits("lookup"), .. Utf8("path"), I64("accessed"), I64("modified"), Bits("flags")],
            FileStatusFunctions.PathSetTimesAsync),
        OneBody(module, "path_link", [s_descriptor, Bits("lookup"), .. Utf8("path"), I32("to"), .. Utf8("newpath")], PathFunctions.LinkAsync),
        OneBody(
            module, "path_open",
            [
                s_descriptor, Bits("lookup"), .. Utf8("path"), Bits("oflags"), WideBits("base"), WideBits("inheriting"), Bits("fdflags"), Result32("opened"),
            ],
            PathFunctions.OpenAsync),
        OneBody(
            module, "path_readlink", [s_descriptor, .. Utf8("path"), Address("buffer"), I32("length"), Result32("used")], PathFunctions.ReadLinkAsync),
        OneBody(module, "path_remove_directory", [s_descriptor, .. Utf8("path")], PathFunctions.RemoveDirectoryAsync),
        OneBody(module, "path_rename", [s_descriptor, .. Utf8("path"), I32("to"), .. Utf8("newpath")], PathFunctions.RenameAsync),
        OneBody(module, "path_symlink", [.. Utf8("target"), s_descriptor, .. Utf8("path")], PathFunctions.SymlinkAsync),
        OneBody(module, "path_unlink_file", [s_descriptor, .. Utf8("path")], PathFunctions.RemoveFileAsync),
    ];

    private static HostCallParameter[] Vectors() => [Address("vectors"), I32("count")];
}
