namespace WasiCloud.Embedding.FileSystem;

/// <summary>What a node is. The values are the ABI's (<c>filetype</c> in <c>wasi_snapshot_preview1.witx</c>).</summary>
public enum FileType : byte
{
    /// <summary>Unknown, or not one of the others.</summary>
    Unknown = 0,

    /// <summary>A block device.</summary>
    BlockDevice = 1,

    /// <summary>A character device, such as <c>/dev/null</c> or a terminal.</summary>
    CharacterDevice = 2,

    /// <summary>A directory.</summary>
    Directory = 3,

    /// <summary>A regular file.</summary>
    RegularFile = 4,

    /// <summary>A datagram socket.</summary>
    SocketDatagram = 5,

    /// <summary>A byte-stream socket.</summary>
    SocketStream = 6,

    /// <summary>A symbolic link.</summary>
    SymbolicLink = 7,
}
