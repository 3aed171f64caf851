using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding;

/// <summary>A function that takes nothing and returns nothing.</summary>
/// <inheritdoc cref="TypedGuestFunction" path="/remarks"/>
public sealed class GuestAction : TypedGuestFunction
{
    /// <summary>Makes it of one that is called with any values.</summary>
    /// <param name="function">The function.</param>
    /// <exception cref="ArgumentException">A type is none that guests know.</exception>
    /// <exception cref="GuestSignatureException">The function takes or returns others.</exception>
    public GuestAction(GuestFunction function)
        : base(function, [], [])
    {
    }

    /// <summary>Calls it on this thread.</summary>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    /// <exception cref="GuestException">The guest trapped, exited or exceeded a limit.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    /// <exception cref="InvalidOperationException">The call comes from a function that the instance is calling.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the instance or its host disposed.</exception>
    public void Call(GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        GuestSlots slots = default;
        Untyped.Call(slots, options, cancellationToken);
    }

    /// <summary>Calls it on a guest thread.</summary>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it; while it waits for its turn, the call only.</param>
    /// <returns>Completes when it has returned.</returns>
    /// <exception cref="GuestException">The guest trapped, exited or exceeded a limit.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    /// <exception cref="InvalidOperationException">The call comes from a function that the instance is calling.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the instance or its host disposed.</exception>
    public Task CallAsync(GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        var slots = new GuestSlot[GuestSlots.Count];
        return Untyped.CallAsync(slots, options, cancellationToken);
    }
}

/// <summary>A function that takes one argument and returns nothing.</summary>
/// <typeparam name="T1">An argument.</typeparam>
/// <inheritdoc cref="TypedGuestFunction" path="/remarks"/>
public sealed class GuestAction<T1> : TypedGuestFunction
    where T1 : unmanaged
{
    /// <inheritdoc cref="GuestAction.GuestAction(GuestFunction)"/>
    public GuestAction(GuestFunction function)
        : base(function, [GuestTypes.Of<T1>()], [])
    {
    }

    /// <inheritdoc cref="GuestAction.Call(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    public void Call(T1 argument1, GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        Unsafe.SkipInit(out GuestSlots slots);
        Write(slots, argument1);
        Untyped.Call(slots, options, cancellationToken);
    }

    /// <inheritdoc cref="GuestAction.CallAsync(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it; while it waits for its turn, the call only.</param>
    public Task CallAsync(T1 argument1, GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        var slots = new GuestSlot[GuestSlots.Count];
        Write(slots, argument1);
        return Untyped.CallAsync(slots, options, cancellationToken);
    }

    private static void Write(Span<GuestSlot> slots, T1 argument1)
    {
        slots[0].Set(argument1);
    }
}

/// <summary>A function that takes two arguments and returns nothing.</summary>
/// <typeparam name="T1">An argument.</typeparam>
/// <typeparam name="T2">An argument.</typeparam>
/// <inheritdoc cref="TypedGuestFunction" path="/remarks"/>
public sealed class GuestAction<T1, T2> : TypedGuestFunction
    where T1 : unmanaged
    where T2 : unmanaged
{
    /// <inheritdoc cref="GuestAction.GuestAction(GuestFunction)"/>
    public GuestAction(GuestFunction function)
        : base(function, [GuestTypes.Of<T1>(), GuestTypes.Of<T2>()], [])
    {
    }

    /// <inheritdoc cref="GuestAction.Call(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    public void Call(T1 argument1, T2 argument2, GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        Unsafe.SkipInit(out GuestSlots slots);
        Write(slots, argument1, argument2);
        Untyped.Call(slots, options, cancellationToken);
    }

    /// <inheritdoc cref="GuestAction.CallAsync(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it; while it waits for its turn, the call only.</param>
    public Task CallAsync(T1 argument1, T2 argument2, GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        var slots = new GuestSlot[GuestSlots.Count];
        Write(slots, argument1, argument2);
        return Untyped.CallAsync(slots, options, cancellationToken);
    }

    private static void Write(Span<GuestSlot> slots, T1 argument1, T2 argument2)
    {
        slots[0].Set(argument1);
        slots[1].Set(argument2);
    }
}

/// <summary>A function that takes three arguments and returns nothing.</summary>
/// <typeparam name="T1">An argument.</typeparam>
/// <typeparam name="T2">An argument.</typeparam>
/// <typeparam name="T3">An argument.</typeparam>
/// <inheritdoc cref="TypedGuestFunction" path="/remarks"/>
public sealed class GuestAction<T1, T2, T3> : TypedGuestFunction
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
{
    /// <inheritdoc cref="GuestAction.GuestAction(GuestFunction)"/>
    public GuestAction(GuestFunction function)
        : base(function, [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>()], [])
    {
    }

    /// <inheritdoc cref="GuestAction.Call(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    public void Call(T1 argument1, T2 argument2, T3 argument3, GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        Unsafe.SkipInit(out GuestSlots slots);
        Write(slots, argument1, argument2, argument3);
        Untyped.Call(slots, options, cancellationToken);
    }

    /// <inheritdoc cref="GuestAction.CallAsync(GuestCallOptions, CancellationToken)"/>
    /// <param name="argument1">An argument.</param>
    /// <param name="argument2">An argument.</param>
    /// <param name="argument3">An argument.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it; while it waits for its turn, the call only.</param>
    public Task CallAsync(T1 argument1, T2 argument2, T3 argument3, GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        var slots = new GuestSlot[GuestSlots.Count];
        Write(slots, argument1, argument2, argument3);
        return Untyped.CallAsync(slots, options, cancellationToken);
    }

    private static void Write(Span<GuestSlot> slots, T1 argument1, T2 argument2, T3 argument3)
    {
        slots[0].Set(argument1);
        slots[1].Set(argument2);
        slots[2].Set(argument3);
    }
}
