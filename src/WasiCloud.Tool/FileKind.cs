using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Tool;

/// <summary>What a file is, for people.</summary>
internal static class FileKind
{
    public static string Describe(FileType type) => type switch
    {
        FileType.Directory => "a directory",
        FileType.CharacterDevice or FileType.BlockDevice => "a device",
        FileType.SocketStream => "a socket",
        FileType.SymbolicLink => "a symbolic link",
        FileType.RegularFile => "a file",
        _ => "a FIFO", // for which WASI has no word
    };
}
