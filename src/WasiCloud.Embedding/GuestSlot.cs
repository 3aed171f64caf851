using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding;

/// <summary>
/// A place for one argument, and then for one result, as the engine takes it (wasmtime/val.h, <c>wasmtime_val_raw_t</c>): bits without a type, which only
/// the
/// function's signature tells.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct GuestSlot
{
    /// <summary>The number; of one with 32 bits, the upper half is undefined.</summary>
    [FieldOffset(0)]
    public long Bits;

    /// <summary>Reads a number of a type that <see cref="GuestTypes"/> knows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T Get<T>()
        where T : unmanaged =>
        Unsafe.SizeOf<T>() == sizeof(int) ? Unsafe.BitCast<int, T>((int)Bits) : Unsafe.BitCast<long, T>(Bits);

    /// <summary>Writes a number of a type that <see cref="GuestTypes"/> knows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set<T>(T value)
        where T : unmanaged =>
        Bits = Unsafe.SizeOf<T>() == sizeof(int) ? Unsafe.BitCast<T, int>(value) : Unsafe.BitCast<T, long>(value);
}

/// <summary>The arguments and results of a function that is called with types of C#: at most eight of either.</summary>
[InlineArray(Count)]
internal struct GuestSlots
{
    public const int Count = 8;

    private GuestSlot _first;
}
