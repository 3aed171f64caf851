using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding;

/// <summary>A function that takes seven arguments and returns nothing.</summary>
/// <typeparam name="T1">An argument.</typeparam>
/// <typeparam name="T2">An argument.</typeparam>
/// <typeparam name="T3">An argument.</typeparam>
/// <typeparam name="T4">An argument.</typeparam>
/// <typeparam name="T5">An argument.</typeparam>
/// <typeparam name="T6">An argument.</typeparam>
/// <typeparam name="T7">An argument.</typeparam>
/// <inheritdoc cref="TypedGuestFunction" path="/remarks"/>
public sealed class GuestAction<T1, T2, T3, T4, T5, T6, T7> : TypedGuestFunction
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where T4 : unmanaged
    where T5 : unmanaged
    where T6 : unmanaged
    where T7 : unmanaged
{
    /// <inheritdoc cref="GuestAction.GuestAction(GuestFunction)"/>
    public GuestAction(GuestFunction function)
        : base(
            function,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(), GuestTypes.Of<T5>(), GuestTypes.Of<T6>(),
                GuestTypes.Of<T7>()],
            [])
    {
    }

    /// <inheritdoc cref="GuestAction.Call(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="argument4">An argument.</param>
    /// <param name="argument5">An argument.</param>
    /// <param name="argument6">An argument.</param>
    /// <param name="argument7">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    public void Call(
        T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, T6 argument6, T7 argument7, GuestCallOptions options = default,
        CancellationToken cancellationToken = default)
    {
        Unsafe.SkipInit(out GuestSlots slots);
        Write(slots, argument1, argument2, argument3, argument4, argument5, argument6, argument7);
        Untyped.Call(slots, options, cancellationToken);
    }

    /// <inheritdoc cref="GuestAction.CallAsync(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="argument4">An argument.</param>
    /// <param name="argument5">An argument.</param>
    /// <param name="argument6">An argument.</param>
    /// <param name="argument7">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it; while it waits for its turn, the call only.</param>
    public Task CallAsync(
        T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, T6 argument6, T7 argument7, GuestCallOptions options = default,
        CancellationToken cancellationToken = default)
    {
        var slots = new GuestSlot[GuestSlots.Count];
        Write(slots, argument1, argument2, argument3, argument4, argument5, argument6, argument7);
        return Untyped.CallAsync(slots, options, cancellationToken);
    }

    private static void Write(Span<GuestSlot> slots, T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, T6 argument6, T7 argument7)
    {
        slots[0].Set(argument1);
        slots[1].Set(argument2);
        slots[2].Set(argument3);
        slots[3].Set(argument4);
        slots[4].Set(argument5);
        slots[5].Set(argument6);
        slots[6].Set(argument7);
    }
}

/// <summary>A function that takes eight arguments and returns nothing.</summary>
/// <typeparam name="T1">An argument.</typeparam>
/// <typeparam name="T2">An argument.</typeparam>
/// <typeparam name="T3">An argument.</typeparam>
/// <typeparam name="T4">An argument.</typeparam>
/// <typeparam name="T5">An argument.</typeparam>
/// <typeparam name="T6">An argument.</typeparam>
/// <typeparam name="T7">An argument.</typeparam>
/// <typeparam name="T8">An argument.</typeparam>
/// <inheritdoc cref="TypedGuestFunction" path="/remarks"/>
public sealed class GuestAction<T1, T2, T3, T4, T5, T6, T7, T8> : TypedGuestFunction
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where T4 : unmanaged
    where T5 : unmanaged
    where T6 : unmanaged
    where T7 : unmanaged
    where T8 : unmanaged
{
    /// <inheritdoc cref="GuestAction.GuestAction(GuestFunction)"/>
    public GuestAction(GuestFunction function)
        : base(
            function,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(), GuestTypes.Of<T5>(), GuestTypes.Of<T6>(),
                GuestTypes.Of<T7>(), GuestTypes.Of<T8>()],
            [])
    {
    }

    /// <inheritdoc cref="GuestAction.Call(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="argument4">An argument.</param>
    /// <param name="argument5">An argument.</param>
    /// <param name="argument6">An argument.</param>
    /// <param name="argument7">An argument.</param>
    /// <param name="argument8">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    public void Call(
        T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, T6 argument6, T7 argument7, T8 argument8,
        GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        Unsafe.SkipInit(out GuestSlots slots);
        Write(slots, argument1, argument2, argument3, argument4, argument5, argument6, argument7, argument8);
        Untyped.Call(slots, options, cancellationToken);
    }

    /// <inheritdoc cref="GuestAction.CallAsync(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="argument4">An argument.</param>
    /// <param name="argument5">An argument.</param>
    /// <param name="argument6">An argument.</param>
    /// <param name="argument7">An argument.</param>
    /// <param name="argument8">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it; while it waits for its turn, the call only.</param>
    public Task CallAsync(
        T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, T6 argument6, T7 argument7, T8 argument8,
        GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        var slots = new GuestSlot[GuestSlots.Count];
        Write(slots, argument1, argument2, argument3, argument4, argument5, argument6, argument7, argument8);
        return Untyped.CallAsync(slots, options, cancellationToken);
    }

    private static void Write(
        Span<GuestSlot> slots, T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, T6 argument6, T7 argument7, T8 argument8)
    {
        slots[0].Set(argument1);
        slots[1].Set(argument2);
        slots[2].Set(argument3);
        slots[3].Set(argument4);
        slots[4].Set(argument5);
        slots[5].Set(argument6);
        slots[6].Set(argument7);
        slots[7].Set(argument8);
    }
}
