namespace WasiCloud.Embedding;

/// <summary>What a function returns: one number, or several as a tuple.</summary>
/// <typeparam name="T">A type that <see cref="GuestTypes"/> knows, or a tuple of two to seven of such.</typeparam>
internal static class GuestResults<T>
    where T : unmanaged
{
    // Found once, so that no call reflects.
    private static readonly GuestTuple<T>? s_tuple = GuestTuple<T>.Find();

    /// <summary>The types of the results.</summary>
    /// <exception cref="ArgumentException">They are none that guests know.</exception>
    public static GuestValueType[] Types => s_tuple?.Types ?? [GuestTypes.Of<T>()];

    /// <summary>Takes the results.</summary>
    public static T Read(ReadOnlySpan<GuestSlot> slots) => s_tuple is null ? slots[0].Get<T>() : s_tuple.Read(slots);

    /// <summary>Gives the results.</summary>
    public static void Write(Span<GuestSlot> slots, T results)
    {
        if (s_tuple is null) slots[0].Set(results);
        else s_tuple.Write(slots, results);
    }

    /// <summary>Gives the results, behind what was awaited.</summary>
    public static void Write(GuestSlot[] slots, T results) => Write(slots.AsSpan(), results);
}
