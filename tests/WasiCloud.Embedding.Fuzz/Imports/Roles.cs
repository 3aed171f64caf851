using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>What each parameter of each function is for, so that most calls make sense up to the one argument that does not.</summary>
/// <remarks>
/// <c>fd</c>, <c>dir</c>: descriptors. <c>path len</c>: a path. <c>rv vn</c>, <c>wv vn</c>: vectors that are written to or read from. <c>buf bl</c>: room and
/// its size. <c>oN</c>: room for N bytes. <c>subs events sn</c>: poll's. <c>argp argb envp envb</c>: strings. <c>n f of ff q r z</c>: number, flags, open
/// flags, descriptor flags, 64-bit number, rights, zero.
/// </remarks>
internal static class Roles
{
    private static readonly Dictionary<string, string> s_shared = new(StringComparer.Ordinal)
    {
        ["args_get"] = "argp argb",
        ["args_sizes_get"] = "o4 o4",
        ["environ_get"] = "envp envb",
        ["environ_sizes_get"] = "o4 o4",
        ["clock_res_get"] = "n o8",
        ["clock_time_get"] = "n q o8",
        ["fd_advise"] = "fd q q n",
        ["fd_allocate"] = "fd q q",
        ["fd_close"] = "fd",
        ["fd_datasync"] = "fd",
        ["fd_fdstat_get"] = "fd o24",
        ["fd_fdstat_set_flags"] = "fd ff",
        ["fd_fdstat_set_rights"] = "fd r r",
        ["fd_filestat_get"] = "fd o64",
        ["fd_filestat_set_size"] = "fd q",
        ["fd_filestat_set_times"] = "fd q q f",
        ["fd_pread"] = "fd rv vn q o4",
        ["fd_prestat_get"] = "fd o8",
        ["fd_prestat_dir_name"] = "fd buf bl",
        ["fd_pwrite"] = "fd wv vn q o4",
        ["fd_read"] = "fd rv vn o4",
        ["fd_readdir"] = "dir buf bl q o4",
        ["fd_renumber"] = "fd fd",
        ["fd_seek"] = "fd q n o8",
        ["fd_sync"] = "fd",
        ["fd_tell"] = "fd o8",
        ["fd_write"] = "fd wv vn o4",
        ["path_create_directory"] = "dir path len",
        ["path_filestat_get"] = "dir f path len o64",
        ["path_filestat_set_times"] = "dir f path len q q f",
        ["path_link"] = "dir z path len dir path len",
        ["path_open"] = "dir f path len of r r ff o4",
        ["path_readlink"] = "dir path len buf bl o4",
        ["path_remove_directory"] = "dir path len",
        ["path_rename"] = "dir path len dir path len",
        ["path_symlink"] = "path len dir path len",
        ["path_unlink_file"] = "dir path len",
        ["poll_oneoff"] = "subs events sn o4",
        ["proc_exit"] = "n",
        ["proc_raise"] = "n",
        ["random_get"] = "buf bl",
        ["sched_yield"] = "",
        ["sock_accept"] = "fd f o4",
        ["sock_recv"] = "fd wv vn f o4 o4",
        ["sock_send"] = "fd wv vn f o4",
        ["sock_shutdown"] = "fd f",
    };

    /// <summary>The roles of a function's parameters, in their order.</summary>
    public static string[] Of(HostFunction function)
    {
        var roles = s_shared[function.Name].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (roles.Length != function.Parameters.Count)
            throw new InvalidOperationException($"{function.Name} has {function.Parameters.Count} parameters and {roles.Length} roles.");
        return roles;
    }
}
