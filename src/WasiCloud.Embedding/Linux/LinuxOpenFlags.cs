using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Linux;

/// <summary>The flags of <c>open(2)</c>, some of which differ between architectures (<c>asm/fcntl.h</c>).</summary>
internal static class LinuxOpenFlags
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 0x1;
    public const int ReadWrite = 0x2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoControllingTerminal = 0x100;
    public const int Truncate = 0x200;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x8_0000;
    public const int PathOnly = 0x20_0000;

    // Arm and PowerPC swapped these two pairs of bits with O_DIRECT and O_LARGEFILE.
    private static readonly bool s_isSwapped = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Ppc64le;

    public static int Directory { get; } = s_isSwapped ? 0x4000 : 0x1_0000;

    public static int NoFollow { get; } = s_isSwapped ? 0x8000 : 0x2_0000;
}
