using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding;

/// <summary>A function that takes four arguments and returns one value, or several as a tuple.</summary>
/// <typeparam name="T1">An argument.</typeparam>
/// <typeparam name="T2">An argument.</typeparam>
/// <typeparam name="T3">An argument.</typeparam>
/// <typeparam name="T4">An argument.</typeparam>
/// <typeparam name="TResult">What it returns.</typeparam>
/// <inheritdoc cref="TypedGuestFunction" path="/remarks"/>
public sealed class GuestFunction<T1, T2, T3, T4, TResult> : TypedGuestFunction
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where T4 : unmanaged
    where TResult : unmanaged
{
    /// <inheritdoc cref="GuestFunction{TResult}.GuestFunction(GuestFunction)"/>
    public GuestFunction(GuestFunction function)
        : base(function, [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>()], GuestResults<TResult>.Types)
    {
    }

    /// <inheritdoc cref="GuestFunction{TResult}.Call(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="argument4">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    public TResult Call(
        T1 argument1, T2 argument2, T3 argument3, T4 argument4, GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        Unsafe.SkipInit(out GuestSlots slots);
        Write(slots, argument1, argument2, argument3, argument4);
        Untyped.Call(slots, options, cancellationToken);
        return GuestResults<TResult>.Read(slots);
    }

    /// <inheritdoc cref="GuestFunction{TResult}.CallAsync(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="argument4">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it; while it waits for its turn, the call only.</param>
    public async Task<TResult> CallAsync(
        T1 argument1, T2 argument2, T3 argument3, T4 argument4, GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        var slots = new GuestSlot[GuestSlots.Count];
        Write(slots, argument1, argument2, argument3, argument4);
        await Untyped.CallAsync(slots, options, cancellationToken).ConfigureAwait(false);
        return GuestResults<TResult>.Read(slots);
    }

    private static void Write(Span<GuestSlot> slots, T1 argument1, T2 argument2, T3 argument3, T4 argument4)
    {
        slots[0].Set(argument1);
        slots[1].Set(argument2);
        slots[2].Set(argument3);
        slots[3].Set(argument4);
    }
}

/// <summary>A function that takes five arguments and returns one value, or several as a tuple.</summary>
/// <typeparam name="T1">An argument.</typeparam>
/// <typeparam name="T2">An argument.</typeparam>
/// <typeparam name="T3">An argument.</typeparam>
/// <typeparam name="T4">An argument.</typeparam>
/// <typeparam name="T5">An argument.</typeparam>
/// <typeparam name="TResult">What it returns.</typeparam>
/// <inheritdoc cref="TypedGuestFunction" path="/remarks"/>
public sealed class GuestFunction<T1, T2, T3, T4, T5, TResult> : TypedGuestFunction
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where T4 : unmanaged
    where T5 : unmanaged
    where TResult : unmanaged
{
    /// <inheritdoc cref="GuestFunction{TResult}.GuestFunction(GuestFunction)"/>
    public GuestFunction(GuestFunction function)
        : base(
            function,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(), GuestTypes.Of<T5>()],
            GuestResults<TResult>.Types)
    {
    }

    /// <inheritdoc cref="GuestFunction{TResult}.Call(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="argument4">An argument.</param>
    /// <param name="argument5">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    public TResult Call(
        T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, GuestCallOptions options = default,
        CancellationToken cancellationToken = default)
    {
        Unsafe.SkipInit(out GuestSlots slots);
        Write(slots, argument1, argument2, argument3, argument4, argument5);
        Untyped.Call(slots, options, cancellationToken);
        return GuestResults<TResult>.Read(slots);
    }

    /// <inheritdoc cref="GuestFunction{TResult}.CallAsync(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="argument4">An argument.</param>
    /// <param name="argument5">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it; while it waits for its turn, the call only.</param>
    public async Task<TResult> CallAsync(
        T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, GuestCallOptions options = default,
        CancellationToken cancellationToken = default)
    {
        var slots = new GuestSlot[GuestSlots.Count];
        Write(slots, argument1, argument2, argument3, argument4, argument5);
        await Untyped.CallAsync(slots, options, cancellationToken).ConfigureAwait(false);
        return GuestResults<TResult>.Read(slots);
    }

    private static void Write(Span<GuestSlot> slots, T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5)
    {
        slots[0].Set(argument1);
        slots[1].Set(argument2);
        slots[2].Set(argument3);
        slots[3].Set(argument4);
        slots[4].Set(argument5);
    }
}

/// <summary>A function that takes six arguments and returns one value, or several as a tuple.</summary>
/// <typeparam name="T1">An argument.</typeparam>
/// <typeparam name="T2">An argument.</typeparam>
/// <typeparam name="T3">An argument.</typeparam>
/// <typeparam name="T4">An argument.</typeparam>
/// <typeparam name="T5">An argument.</typeparam>
/// <typeparam name="T6">An argument.</typeparam>
/// <typeparam name="TResult">What it returns.</typeparam>
/// <inheritdoc cref="TypedGuestFunction" path="/remarks"/>
public sealed class GuestFunction<T1, T2, T3, T4, T5, T6, TResult> : TypedGuestFunction
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where T4 : unmanaged
    where T5 : unmanaged
    where T6 : unmanaged
    where TResult : unmanaged
{
    /// <inheritdoc cref="GuestFunction{TResult}.GuestFunction(GuestFunction)"/>
    public GuestFunction(GuestFunction function)
        : base(
            function,
            [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(), GuestTypes.Of<T5>(), GuestTypes.Of<T6>()],
            GuestResults<TResult>.Types)
    {
    }

    /// <inheritdoc cref="GuestFunction{TResult}.Call(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="argument4">An argument.</param>
    /// <param name="argument5">An argument.</param>
    /// <param name="argument6">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    public TResult Call(
        T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, T6 argument6, GuestCallOptions options = default,
        CancellationToken cancellationToken = default)
    {
        Unsafe.SkipInit(out GuestSlots slots);
        Write(slots, argument1, argument2, argument3, argument4, argument5, argument6);
        Untyped.Call(slots, options, cancellationToken);
        return GuestResults<TResult>.Read(slots);
    }

    /// <inheritdoc cref="GuestFunction{TResult}.CallAsync(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="argument4">An argument.</param>
    /// <param name="argument5">An argument.</param>
    /// <param name="argument6">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it; while it waits for its turn, the call only.</param>
    public async Task<TResult> CallAsync(
        T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, T6 argument6, GuestCallOptions options = default,
        CancellationToken cancellationToken = default)
    {
        var slots = new GuestSlot[GuestSlots.Count];
        Write(slots, argument1, argument2, argument3, argument4, argument5, argument6);
        await Untyped.CallAsync(slots, options, cancellationToken).ConfigureAwait(false);
        return GuestResults<TResult>.Read(slots);
    }

    private static void Write(Span<GuestSlot> slots, T1 argument1, T2 argument2, T3 argument3, T4 argument4, T5 argument5, T6 argument6)
    {
        slots[0].Set(argument1);
        slots[1].Set(argument2);
        slots[2].Set(argument3);
        slots[3].Set(argument4);
        slots[4].Set(argument5);
        slots[5].Set(argument6);
    }
}
