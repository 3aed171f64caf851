using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// How much native stack the current thread has left. A guest that runs on a thread with too little would end the process instead of trapping.
/// </summary>
internal static unsafe partial class ThreadStack
{
    private const string Library = "libc";

    // pthread_attr_t has 56 bytes in glibc on x64, 64 on arm64, less in musl.
    private const int AttributeBytes = 256;

    // The stack's lowest address; 0 if it was not looked for yet, the highest address if it is not known.
    [ThreadStatic]
    private static nuint t_lowest;

    /// <summary>Bytes below the caller's frame; 0 where the system is not asked (all but Linux).</summary>
    internal static nuint RemainingBytes
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        get
        {
            byte here;
            var lowest = t_lowest;
            if (lowest == 0) t_lowest = lowest = FindLowest();
            var position = (nuint)(&here);
            return position > lowest ? position - lowest : 0;
        }
    }

    private static nuint FindLowest()
    {
        if (!OperatingSystem.IsLinux()) return nuint.MaxValue;
        var attributes = stackalloc byte[AttributeBytes];
        if (GetAttributes(Self(), attributes) != 0) return nuint.MaxValue;
        try
        {
            nuint lowest = 0;
            nuint size = 0;
            nuint guard = 0;
            return GetStack(attributes, &lowest, &size) == 0 && GetGuardSize(attributes, &guard) == 0 ? lowest + guard : nuint.MaxValue;
        }
        finally
        {
            _ = Destroy(attributes);
        }
    }

    [LibraryImport(Library, EntryPoint = "pthread_self")]
    private static partial nint Self();

    [LibraryImport(Library, EntryPoint = "pthread_getattr_np")]
    private static partial int GetAttributes(nint thread, byte* attributes);

    [LibraryImport(Library, EntryPoint = "pthread_attr_getstack")]
    private static partial int GetStack(byte* attributes, nuint* lowest, nuint* size);

    [LibraryImport(Library, EntryPoint = "pthread_attr_getguardsize")]
    private static partial int GetGuardSize(byte* attributes, nuint* size);

    [LibraryImport(Library, EntryPoint = "pthread_attr_destroy")]
    private static partial int Destroy(byte* attributes);
}
