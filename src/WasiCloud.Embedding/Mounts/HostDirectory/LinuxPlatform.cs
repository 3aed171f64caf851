using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>The kernel's constants, which differ between architectures (<c>asm/fcntl.h</c>, <c>asm/unistd.h</c>).</summary>
internal static class LinuxPlatform
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

    /// <summary>The number of <c>getdents64</c>, which the C library wraps only since glibc 2.30; 0 where this mount does not run.</summary>
    public static int ReadDirectoryCall { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 217,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 61,
        Architecture.S390x => 220,
        Architecture.Ppc64le => 202,
        _ => 0,
    };

    public static void ThrowIfUnsupported()
    {
        if (OperatingSystem.IsLinux() && ReadDirectoryCall != 0) return;
        throw new PlatformNotSupportedException(
            $"{nameof(HostDirectoryMount)} needs 64-bit Linux, whose openat, O_PATH and statx confine guests to the directory. Here is {RuntimeInformation.RuntimeIdentifier}.");
    }
}
