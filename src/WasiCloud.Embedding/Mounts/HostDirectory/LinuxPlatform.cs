using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>Where directories of the host can be shown, and the kernel's number that differs there (<c>asm/unistd.h</c>).</summary>
internal static class LinuxPlatform
{
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
            $"{nameof(HostDirectoryMount)} needs 64-bit Linux, whose openat, O_PATH and statx confine guests to the directory. Here is " +
                $"{RuntimeInformation.RuntimeIdentifier}.");
    }
}
