using WasiCloud.Embedding.HostCalls;

using static WasiCloud.Embedding.HostCalls.WasmValueType;

namespace WasiCloud.Embedding.Preview1;

/// <summary>
/// Every function of <c>wasi_snapshot_preview1</c> (46) and <c>wasi_unstable</c> (45: no <c>sock_accept</c>), as the witx files declare them.
/// </summary>
internal static class Preview1Functions
{
    public const string Preview1Module = "wasi_snapshot_preview1";
    public const string Snapshot0Module = "wasi_unstable";

    /// <summary>All functions of both modules.</summary>
    public static IReadOnlyList<HostFunction> All { get; } =
    [
        .. Shared(Preview1Module),
        HostFunction.WithHalves(Preview1Module, "fd_seek", [I32, I64, I32, I32], SeekFunctions.Seek, SeekFunctions.SeekAsync),
        HostFunction.OneBody(Preview1Module, "fd_filestat_get", [I32, I32], FileStatusFunctions.DescriptorGetAsync),
        HostFunction.OneBody(Preview1Module, "path_filestat_get", [I32, I32, I32, I32, I32], FileStatusFunctions.PathGetAsync),
        HostFunction.WithHalves(Preview1Module, "poll_oneoff", [I32, I32, I32, I32], PollFunctions.Begin, PollFunctions.WaitAsync),
        HostFunction.OneBody(Preview1Module, "sock_accept", [I32, I32, I32], SocketFunctions.AcceptAsync),
        .. Shared(Snapshot0Module),
        HostFunction.WithHalves(Snapshot0Module, "fd_seek", [I32, I64, I32, I32], SeekFunctions.SeekSnapshot0, SeekFunctions.SeekSnapshot0Async),
        HostFunction.OneBody(Snapshot0Module, "fd_filestat_get", [I32, I32], FileStatusFunctions.DescriptorGetSnapshot0Async),
        HostFunction.OneBody(Snapshot0Module, "path_filestat_get", [I32, I32, I32, I32, I32], FileStatusFunctions.PathGetSnapshot0Async),
        HostFunction.WithHalves(Snapshot0Module, "poll_oneoff", [I32, I32, I32, I32], PollFunctions.BeginSnapshot0, PollFunctions.WaitSnapshot0Async),
    ];

    private static IEnumerable<HostFunction> Shared(string module) =>
    [
        HostFunction.Immediate(module, "args_get", [I32, I32], ArgumentFunctions.ArgumentsGet),
        HostFunction.Immediate(module, "args_sizes_get", [I32, I32], ArgumentFunctions.ArgumentsSizesGet),
        HostFunction.Immediate(module, "environ_get", [I32, I32], ArgumentFunctions.EnvironmentGet),
        HostFunction.Immediate(module, "environ_sizes_get", [I32, I32], ArgumentFunctions.EnvironmentSizesGet),
        HostFunction.Immediate(module, "clock_res_get", [I32, I32], ClockFunctions.ResolutionGet),
        HostFunction.Immediate(module, "clock_time_get", [I32, I64, I32], ClockFunctions.TimeGet),
        HostFunction.Immediate(module, "fd_advise", [I32, I64, I64, I32], DescriptorFunctions.Advise),
        HostFunction.OneBody(module, "fd_allocate", [I32, I64, I64], DescriptorFunctions.AllocateAsync),
        HostFunction.OneBody(module, "fd_close", [I32], DescriptorFunctions.CloseAsync),
        HostFunction.OneBody(module, "fd_datasync", [I32], DescriptorFunctions.DataSyncAsync),
        HostFunction.Immediate(module, "fd_fdstat_get", [I32, I32], DescriptorFunctions.StatusGet),
        HostFunction.Immediate(module, "fd_fdstat_set_flags", [I32, I32], DescriptorFunctions.FlagsSet),
        HostFunction.Immediate(module, "fd_fdstat_set_rights", [I32, I64, I64], DescriptorFunctions.RightsSet),
        HostFunction.OneBody(module, "fd_filestat_set_size", [I32, I64], FileStatusFunctions.DescriptorSetSizeAsync),
        HostFunction.OneBody(module, "fd_filestat_set_times", [I32, I64, I64, I32], FileStatusFunctions.DescriptorSetTimesAsync),
        HostFunction.WithHalves(module, "fd_pread", [I32, I32, I32, I64, I32], TransferFunctions.ReadAt, TransferFunctions.ReadAtAsync),
        HostFunction.Immediate(module, "fd_prestat_get", [I32, I32], PreopenFunctions.StatusGet),
        HostFunction.Immediate(module, "fd_prestat_dir_name", [I32, I32, I32], PreopenFunctions.DirectoryNameGet),
        HostFunction.WithHalves(module, "fd_pwrite", [I32, I32, I32, I64, I32], TransferFunctions.WriteAt, TransferFunctions.WriteAtAsync),
        HostFunction.WithHalves(module, "fd_read", [I32, I32, I32, I32], TransferFunctions.Read, TransferFunctions.ReadAsync),
        HostFunction.OneBody(module, "fd_readdir", [I32, I32, I32, I64, I32], DirectoryFunctions.ReadAsync),
        HostFunction.OneBody(module, "fd_renumber", [I32, I32], DescriptorFunctions.RenumberAsync),
        HostFunction.OneBody(module, "fd_sync", [I32], DescriptorFunctions.SyncAsync),
        HostFunction.Immediate(module, "fd_tell", [I32, I32], SeekFunctions.Tell),
        HostFunction.WithHalves(module, "fd_write", [I32, I32, I32, I32], TransferFunctions.Write, TransferFunctions.WriteAsync),
        HostFunction.OneBody(module, "path_create_directory", [I32, I32, I32], PathFunctions.CreateDirectoryAsync),
        HostFunction.OneBody(module, "path_filestat_set_times", [I32, I32, I32, I32, I64, I64, I32], FileStatusFunctions.PathSetTimesAsync),
        HostFunction.OneBody(module, "path_link", [I32, I32, I32, I32, I32, I32, I32], PathFunctions.LinkAsync),
        HostFunction.OneBody(module, "path_open", [I32, I32, I32, I32, I32, I64, I64, I32, I32], PathFunctions.OpenAsync),
        HostFunction.OneBody(module, "path_readlink", [I32, I32, I32, I32, I32, I32], PathFunctions.ReadLinkAsync),
        HostFunction.OneBody(module, "path_remove_directory", [I32, I32, I32], PathFunctions.RemoveDirectoryAsync),
        HostFunction.OneBody(module, "path_rename", [I32, I32, I32, I32, I32, I32], PathFunctions.RenameAsync),
        HostFunction.OneBody(module, "path_symlink", [I32, I32, I32, I32, I32], PathFunctions.SymlinkAsync),
        HostFunction.OneBody(module, "path_unlink_file", [I32, I32, I32], PathFunctions.RemoveFileAsync),
        HostFunction.Immediate(module, "proc_exit", [I32], ProcessFunctions.Exit, returnsErrno: false),
        HostFunction.Immediate(module, "proc_raise", [I32], ProcessFunctions.Raise),
        HostFunction.WithHalves(module, "random_get", [I32, I32], ProcessFunctions.RandomGet, ProcessFunctions.RandomGetAsync),
        HostFunction.Immediate(module, "sched_yield", [], ProcessFunctions.Yield),
        HostFunction.WithHalves(module, "sock_recv", [I32, I32, I32, I32, I32, I32], SocketFunctions.Receive, SocketFunctions.ReceiveAsync),
        HostFunction.WithHalves(module, "sock_send", [I32, I32, I32, I32, I32], SocketFunctions.Send, SocketFunctions.SendAsync),
        HostFunction.OneBody(module, "sock_shutdown", [I32, I32], SocketFunctions.ShutDownAsync),
    ];
}
