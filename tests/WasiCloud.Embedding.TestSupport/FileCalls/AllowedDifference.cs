namespace WasiCloud.Embedding.FileCalls;

/// <summary>A difference from Linux that is meant, with the reason. One that is not met any more is to go.</summary>
/// <param name="Reason">The rule, and where it is written down.</param>
/// <param name="Explains">Whether it is the one between what Linux answered a call and what was answered here, in memory or not.</param>
internal sealed record AllowedDifference(string Reason, Func<FileCall, string, string, bool, bool> Explains)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<AllowedDifference> All { get; } =
    [
        new(
            "Paths are contained: what leads above the directory that it starts from, or is absolute, is ENOTCAPABLE (docs/filesystem.md, \"The tree\").",
            static (_, _, ours, _) => ours == "ENOTCAPABLE"),
        new(
            "A directory has no bytes: seeking it and cutting it off is EBADF, as writing it is (docs/filesystem.md, \"The tree\"; POSIX ftruncate " +
            "allows EBADF and EINVAL).",
            static (call, linux, ours, _) => ours == "EBADF" && (call.Name == "seek" || (call.Name == "truncate" && linux == "EINVAL"))),
        new(
            "Reading no bytes of a directory is EISDIR, as reading some is; Linux does not look (POSIX read: \"may detect and return errors\").",
            static (call, linux, ours, _) => call.Name == "read" && ours == "EISDIR" && linux.StartsWith("0 ", StringComparison.Ordinal)),
        new(
            "What is not open for reading, as directories are not, cannot be polled for it: EBADF (witx fd_readwrite). Linux tells FIONREAD of " +
            "whatever is open, and ENOTTY of directories.",
            static (call, _, ours, _) => call.Name == "available" && ours == "EBADF"),
        new(
            "Behind the end of a file are no bytes; Linux tells a number below 0.",
            static (call, linux, ours, _) => call.Name == "available" && ours == "0" && linux[0] == '-'),
        new(
            "O_DIRECTORY with O_CREAT or O_TRUNC is EINVAL before the path is looked at, as in wasmtime; Linux creates nothing either.",
            static (call, _, ours, _) => call.Name == "open" && ours == "EINVAL" && call.Words[4].Contains('d', StringComparison.Ordinal)),
        new(
            "O_DIRECTORY with O_CREAT below what is no directory, or not open: Linux looks at the flags first (POSIX 2.3: of several errors any).",
            static (call, linux, ours, _) => call.Name == "open" && linux == "EINVAL" && ours is ("ENOTDIR" or "EBADF")),
        new(
            "A file that is named as a directory, with a slash at the end, is ENOTDIR with O_CREAT too, as POSIX open says, and EEXIST with O_EXCL; " +
            "a link named so leads on. Linux says EISDIR.",
            static (call, linux, ours, _) => call.Name == "open" && linux == "EISDIR" && ours is ("ENOTDIR" or "EEXIST" or "ELOOP" or "ENOENT")),
        new(
            "A name with a slash at the end that is a file is ENOTDIR and EEXIST to symlink and link (POSIX 2.3: of several errors any).",
            static (call, linux, ours, _) => call.Name is ("symlink" or "link") && (linux, ours) == ("EEXIST", "ENOTDIR")),
        new(
            "A link to a directory at a name that is taken is EPERM and EEXIST (POSIX 2.3: of several errors any).",
            static (call, linux, ours, _) => call.Name == "link" && (linux, ours) == ("EEXIST", "EPERM")),
        new(
            "Directories are looked at before paths: EBADF, where Linux has begun with the first path, or what a link is to say (POSIX 2.3: of " +
            "several errors any).",
            static (call, linux, ours, _) => call.Name is ("rename" or "link" or "symlink") && ours == "EBADF" && linux[0] == 'E'),
        new(
            "A path that is too long is said before another path of the call is walked; Linux has begun with the first (POSIX 2.3: of several errors any).",
            static (call, linux, ours, _) => ours == "ENAMETOOLONG" && linux[0] == 'E'),
        new(
            "A symbolic link that is opened with O_DIRECTORY and O_NOFOLLOW is ELOOP; Linux says ENOTDIR (POSIX 2.3: of several errors any).",
            static (call, linux, ours, _) => call.Name == "open" && (linux, ours) == ("ENOTDIR", "ELOOP")),
        new(
            "A slash at the end follows a link, as POSIX says (XBD 4.13), also of what is unlinked: a link to nothing is ENOENT, one to itself " +
            "ELOOP, and one to a directory EISDIR; Linux says ENOTDIR of the link.",
            static (call, linux, ours, _) => call.Name == "unlink" && linux == "ENOTDIR" && ours is ("ENOENT" or "ELOOP" or "EISDIR")),
        new(
            "wasi-libc says of a negative offset or length that it is EINVAL, without a call; Linux looks at the descriptor first.",
            static (call, linux, ours, _) => call.Name == "allocate" && (linux, ours) == ("EBADF", "EINVAL")),
        new(
            "A file renamed to the directory that it is in is EISDIR, and ENOTEMPTY (POSIX 2.3: of several errors any). In memory only.",
            static (call, linux, ours, isMemory) => isMemory && call.Name == "rename" && (linux, ours) == ("ENOTEMPTY", "EISDIR")),
    ];
}

/// <summary>One line of a script.</summary>
/// <param name="Words">The name of the call and its arguments.</param>
internal sealed record FileCall(string[] Words)
{
    /// <summary>The name.</summary>
    public string Name => Words[0];
}
