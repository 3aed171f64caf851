using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/config.h, how linear memories are laid out. The pooling allocator multiplies these by its slots.</summary>
internal static partial class ConfigMemoryApi
{
    /// <summary>Address space reserved for each memory, in bytes.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_memory_reservation_set")]
    internal static partial void SetReservation(ConfigHandle config, ulong bytes);

    /// <summary>Unmapped bytes behind each memory that let compiled code leave out bounds checks.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_memory_guard_size_set")]
    internal static partial void SetGuardSize(ConfigHandle config, ulong bytes);

    /// <summary>
    /// Whether a memory that grows beyond its reservation may be copied to another place. Off, it cannot grow, and compiled code relies on that.
    /// </summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_memory_may_move_set")]
    internal static partial void SetMayMove(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    /// <summary>Map data segments copy-on-write instead of copying them at each instantiation.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_memory_init_cow_set")]
    internal static partial void SetCopyOnWriteImages(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);
}
