namespace WasiCloud.Tool;

/// <summary>
/// What the arguments of each function mean: <c>*name</c> is a text (address and length), <c>&gt;name</c> the address of a 32-bit and <c>&gt;&gt;name</c> of a
/// 64-bit result, <c>name:x</c> bits.
/// </summary>
internal static class CallSignatures
{
    private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
    {
        ["args_get"] = "argv:x buffer:x",
        ["args_sizes_get"] = ">count >bytes",
        ["clock_res_get"] = "clock >>resolution",
        ["clock_time_get"] = "clock precision >>time",
        ["environ_get"] = "environ:x buffer:x",
        ["environ_sizes_get"] = ">count >bytes",
        ["fd_advise"] = "fd offset length advice",
        ["fd_allocate"] = "fd offset length",
        ["fd_close"] = "fd",
        ["fd_datasync"] = "fd",
        ["fd_fdstat_get"] = "fd stat:x",
        ["fd_fdstat_set_flags"] = "fd flags:x",
        ["fd_fdstat_set_rights"] = "fd base:x inheriting:x",
        ["fd_filestat_get"] = "fd stat:x",
        ["fd_filestat_set_size"] = "fd size",
        ["fd_filestat_set_times"] = "fd accessed modified flags:x",
        ["fd_pread"] = "fd vectors:x count offset >read",
        ["fd_prestat_dir_name"] = "fd name:x length",
        ["fd_prestat_get"] = "fd prestat:x",
        ["fd_pwrite"] = "fd vectors:x count offset >written",
        ["fd_read"] = "fd vectors:x count >read",
        ["fd_readdir"] = "fd buffer:x length cookie >used",
        ["fd_renumber"] = "fd to",
        ["fd_seek"] = "fd offset whence >>position",
        ["fd_sync"] = "fd",
        ["fd_tell"] = "fd >>position",
        ["fd_write"] = "fd vectors:x count >written",
        ["path_create_directory"] = "fd *path",
        ["path_filestat_get"] = "fd lookup:x *path stat:x",
        ["path_filestat_set_times"] = "fd lookup:x *path accessed modified flags:x",
        ["path_link"] = "fd lookup:x *path to *newpath",
        ["path_open"] = "fd lookup:x *path oflags:x base:x inheriting:x fdflags:x >opened",
        ["path_readlink"] = "fd *path buffer:x length >used",
        ["path_remove_directory"] = "fd *path",
        ["path_rename"] = "fd *path to *newpath",
        ["path_symlink"] = "*target fd *path",
        ["path_unlink_file"] = "fd *path",
        ["poll_oneoff"] = "in:x out:x count >events",
        ["proc_exit"] = "code",
        ["proc_raise"] = "signal",
        ["random_get"] = "buffer:x length",
        ["sched_yield"] = "",
        ["sock_accept"] = "fd flags:x >accepted",
        ["sock_recv"] = "fd vectors:x count flags:x >read outflags:x",
        ["sock_send"] = "fd vectors:x count flags:x >sent",
        ["sock_shutdown"] = "fd how:x",
    };

    public static string[] Of(string function) => Texts.TryGetValue(function, out var text) ? text.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
}
