using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// The stack on which a thread's signals are handled. .NET gives each thread one of some 16 KiB, and unmaps it when the thread ends, if it is still in use.
/// Wasmtime replaces one so small by its own, of 256 KiB, which it unmaps itself: so .NET's would stay behind, two of the 65,530 mappings of a process for each
/// thread that ever ran a guest.
/// </summary>
internal static unsafe partial class SignalStack
{
    private const string Library = "libc";
    private const int Disabled = 2;
    private const int OnStack = 1;

    // MINSIGSTKSZ, which musl wants to see even if the stack is disabled.
    private const int MinimumBytes = 8 << 10;

    // Only stacks of this size are .NET's: a thread that another runtime started may have one of its own.
    private static readonly nuint RuntimeBytes = MeasureOnThread();

    [ThreadStatic]
    private static bool t_isReleased;

    /// <summary>Before the first guest on this thread: gives back .NET's stack, which Wasmtime is about to replace.</summary>
    internal static void Release()
    {
        if (t_isReleased) return;
        t_isReleased = true;
        if (RuntimeBytes == 0) return;
        Description own;
        if (Exchange(null, &own) != 0 || (own.Flags & (Disabled | OnStack)) != 0 || own.Bytes != RuntimeBytes) return;
        var none = new Description { Flags = Disabled, Bytes = MinimumBytes };
        if (Exchange(&none, null) == 0) _ = Unmap(own.Address, own.Bytes);
    }

    private static nuint MeasureOnThread()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        nuint bytes = 0;
        var thread = new Thread(() =>
        {
            Description description;
            if (Exchange(null, &description) == 0 && (description.Flags & Disabled) == 0) bytes = description.Bytes;
        });
        thread.UnsafeStart();
        thread.Join();
        return bytes;
    }

    [LibraryImport(Library, EntryPoint = "sigaltstack")]
    private static partial int Exchange(Description* current, Description* old);

    [LibraryImport(Library, EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    // stack_t
    [StructLayout(LayoutKind.Sequential)]
    private struct Description
    {
        public nint Address;
        public int Flags;
        public nuint Bytes;
    }
}
