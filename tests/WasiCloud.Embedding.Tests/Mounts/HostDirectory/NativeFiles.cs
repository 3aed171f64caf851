using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

/// <summary>Files whose names are any bytes, as only the C library can make them.</summary>
internal static partial class NativeFiles
{
    private const uint Mode = 0x1FF;

    public static void Create(string folder, params byte[] name) => Close(Check(Create(Join(folder, name), Mode)));

    public static void CreateDirectory(string folder, params byte[] name) => Check(MakeDirectory(Join(folder, name), Mode));

    public static void CreateSymlink(byte[] target, string folder, string name) => Check(Link([.. target, 0], Join(folder, Encoding.UTF8.GetBytes(name))));

    public static bool Exists(string folder, params byte[] name) => Access(Join(folder, name), 0) == 0;

    /// <summary>Removes what .NET cannot name.</summary>
    public static void RemoveContent(string folder)
    {
        using var find = Process.Start("find", [folder, "-mindepth", "1", "-delete"]);
        find.WaitForExit();
    }

    private static byte[] Join(string folder, byte[] name) => [.. Encoding.UTF8.GetBytes(folder), (byte)'/', .. name, 0];

    private static int Check(int result) => result < 0 ? throw new Win32Exception(Marshal.GetLastPInvokeError()) : result;

    [LibraryImport("libc", EntryPoint = "creat", SetLastError = true)]
    private static partial int Create(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true)]
    private static partial int MakeDirectory(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true)]
    private static partial int Link(byte[] target, byte[] path);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true)]
    private static partial int Access(byte[] path, int mode);
}
