namespace WasiCloud.Embedding.Descriptors;

/// <summary>What may be done with a descriptor (<c>rights</c> in <c>wasi_snapshot_preview1.witx</c>).</summary>
[Flags]
internal enum Rights : ulong
{
    None = 0,
    FdDatasync = 1UL << 0,
    FdRead = 1UL << 1,
    FdSeek = 1UL << 2,
    FdFdstatSetFlags = 1UL << 3,
    FdSync = 1UL << 4,
    FdTell = 1UL << 5,
    FdWrite = 1UL << 6,
    FdAdvise = 1UL << 7,
    FdAllocate = 1UL << 8,
    PathCreateDirectory = 1UL << 9,
    PathCreateFile = 1UL << 10,
    PathLinkSource = 1UL << 11,
    PathLinkTarget = 1UL << 12,
    PathOpen = 1UL << 13,
    FdReaddir = 1UL << 14,
    PathReadlink = 1UL << 15,
    PathRenameSource = 1UL << 16,
    PathRenameTarget = 1UL << 17,
    PathFilestatGet = 1UL << 18,
    PathFilestatSetSize = 1UL << 19,
    PathFilestatSetTimes = 1UL << 20,
    FdFilestatGet = 1UL << 21,
    FdFilestatSetSize = 1UL << 22,
    FdFilestatSetTimes = 1UL << 23,
    PathSymlink = 1UL << 24,
    PathRemoveDirectory = 1UL << 25,
    PathUnlinkFile = 1UL << 26,
    PollFdReadwrite = 1UL << 27,
    SockShutdown = 1UL << 28,
    SockAccept = 1UL << 29,

    /// <summary>Every right of a file or stream.</summary>
    File = FdDatasync | FdRead | FdSeek | FdFdstatSetFlags | FdSync | FdTell | FdWrite | FdAdvise | FdAllocate
        | FdFilestatGet | FdFilestatSetSize | FdFilestatSetTimes | PollFdReadwrite,

    /// <summary>
    /// Every right of a directory. Neither seek nor the two set-size rights are among them, as in wasmtime: directories have no size to set,
    /// and guests take the bits for what they say.
    /// </summary>
    Directory = FdFdstatSetFlags | FdSync | FdAdvise | PathCreateDirectory | PathCreateFile | PathLinkSource | PathLinkTarget | PathOpen
        | FdReaddir | PathReadlink | PathRenameSource | PathRenameTarget | PathFilestatGet | PathFilestatSetTimes | FdFilestatGet
        | FdFilestatSetTimes | PathSymlink | PathRemoveDirectory | PathUnlinkFile | FdDatasync | PollFdReadwrite,

    /// <summary>Every right of a connection: it has no positions, no length and no times. Synchronizing it is an error that <c>fsync</c> tells.</summary>
    ConnectedSocket = FdDatasync | FdRead | FdFdstatSetFlags | FdSync | FdWrite | FdFilestatGet | PollFdReadwrite | SockShutdown,

    /// <summary>Every right of a listener. Reading is for <c>poll</c>.</summary>
    ListeningSocket = FdRead | FdFdstatSetFlags | FdFilestatGet | PollFdReadwrite | SockAccept,

    All = File | Directory,
}
