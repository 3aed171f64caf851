using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>What of <c>struct statx</c> says whose a file is. The structure has the same layout on every architecture, unlike <c>struct stat</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly struct FileFacts
{
    [FieldOffset(16)]
    private readonly uint _links;

    [FieldOffset(20)]
    private readonly uint _owner;

    [FieldOffset(28)]
    private readonly ushort _mode;

    private const int TypeMask = 0xF000;
    private const int Directory = 0x4000;
    private const int Regular = 0x8000;
    private const int SymbolicLink = 0xA000;
    private const int Sticky = 0x200;
    private const int GroupOrOthersWrite = 0x12;

    /// <summary>Names that it has.</summary>
    public uint Links => _links;

    /// <summary>The number of its user.</summary>
    public uint Owner => _owner;

    public bool IsDirectory => (_mode & TypeMask) == Directory;

    public bool IsRegular => (_mode & TypeMask) == Regular;

    public bool IsSymbolicLink => (_mode & TypeMask) == SymbolicLink;

    /// <summary>In a directory: only who owns an entry, or the directory, may remove or rename it.</summary>
    public bool IsSticky => (_mode & Sticky) != 0;

    /// <summary>With an access list, the bits of the group are the most that anybody on it has.</summary>
    public bool OthersMayWrite => (_mode & GroupOrOthersWrite) != 0;
}
