namespace WasiCloud.Embedding;

/// <summary>Which numbers of C# are which of a guest's. Those with the width of the host's pointers are none: an address of a guest has 32 bits.</summary>
internal static class GuestTypes
{
    /// <summary>The type of one argument.</summary>
    /// <exception cref="ArgumentException">It is none that guests know.</exception>
    public static GuestValueType Of<T>()
        where T : unmanaged =>
        TryGet(typeof(T)) is not GuestValueType.None and var type ? type : throw Unknown(typeof(T));

    /// <summary>The type of a number; <see cref="GuestValueType.None"/> of what is no number of a guest's.</summary>
    public static GuestValueType TryGet(Type type)
    {
        if (type == typeof(int) || type == typeof(uint)) return GuestValueType.I32;
        if (type == typeof(long) || type == typeof(ulong)) return GuestValueType.I64;
        if (type == typeof(float)) return GuestValueType.F32;
        return type == typeof(double) ? GuestValueType.F64 : GuestValueType.None;
    }

    /// <summary>Says so.</summary>
#pragma warning disable MA0015 // It is an argument for a type, which has no name at the caller's.
    public static ArgumentException Unknown(Type type) =>
        new($"Guests and hosts exchange int, uint, long, ulong, float and double, and as results tuples of two to seven of them; not {type}.");
#pragma warning restore MA0015
}
