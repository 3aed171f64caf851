using System.Diagnostics.CodeAnalysis;

namespace WasiCloud.Embedding;

/// <summary>
/// A reactor that lives until it is disposed: its memory and its open files stay from one call to the next. Made by <see cref="IInvocationHost.StartAsync"/>.
/// Thread-safe: one call runs at a time, and others wait for their turn, in the order of arrival.
/// </summary>
/// <remarks>
/// Whatever ends a call before it returns - a trap, a limit, a cancellation, <c>proc_exit</c> - ends the instance too, because the guest was left in the middle
/// of something: later calls throw <see cref="GuestEndedException"/> with the reason inside. Start another.
/// </remarks>
public abstract class GuestInstance : IAsyncDisposable
{
    private protected GuestInstance(GuestModule module) => Module = module;

    /// <summary>The module.</summary>
    public GuestModule Module { get; }

    /// <summary>What the guest writes below <c>/response</c>, once its head is known. Disposing the response ends the instance.</summary>
    public abstract Task<InvocationResponse> Response { get; }

    /// <summary>Completes when the instance has ended and its files are closed; faulted if it failed, cancelled if it was interrupted.</summary>
    public abstract Task<InvocationCompletion> Completion { get; }

    /// <summary>
    /// Whether it has ended, or is about to: a call failed, it was disposed, or its host was. No call finds it alive again. Does not wait for a call that runs.
    /// </summary>
    public abstract bool HasEnded { get; }

    /// <summary>
    /// Once it <see cref="HasEnded"/>, why: what the call that ended it threw (after <c>proc_exit</c>, a <see cref="GuestExitException"/> of whatever code), or
    /// an <see cref="OperationCanceledException"/> if it was interrupted; <see langword="null"/> if it was disposed while no call ran.
    /// </summary>
    public abstract Exception? Failure { get; }

    /// <summary>The size of the guest's linear memory, in bytes, after waiting for a call that runs; 0 once the instance has ended.</summary>
    public abstract long MemoryBytes { get; }

    /// <summary>The fuel that the last call burned; <see langword="null"/> unless <see cref="WasiCloudOptions.MaxFuel"/> is set.</summary>
    public abstract long? FuelConsumed { get; }

    /// <summary>Finds a function that the module exports, after waiting for a call that runs. Find it once and call it often.</summary>
    /// <param name="name">The name of the export.</param>
    /// <returns>The function.</returns>
    /// <exception cref="KeyNotFoundException">The module exports no function of that name. The message lists those it does.</exception>
    /// <exception cref="NotSupportedException">The function takes or returns vectors or references.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    /// <exception cref="InvalidOperationException">The call comes from a function that it is calling.</exception>
    public abstract GuestFunction GetFunction(string name);

    /// <summary>Finds a function that the module may export, after waiting for a call that runs.</summary>
    /// <param name="name">The name of the export.</param>
    /// <param name="function">The function, if there is one of that name.</param>
    /// <returns>Whether there is.</returns>
    /// <exception cref="NotSupportedException">There is, but it takes or returns vectors or references.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    /// <exception cref="InvalidOperationException">The call comes from a function that it is calling.</exception>
    public abstract bool TryGetFunction(string name, [NotNullWhen(true)] out GuestFunction? function);

    /// <summary>Copies from the guest's memory, after waiting for a call that runs.</summary>
    /// <param name="address">Where, in bytes from the start.</param>
    /// <param name="destination">Takes as many bytes as it is long.</param>
    /// <exception cref="ArgumentOutOfRangeException">Part of the range lies beyond the memory.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    /// <exception cref="InvalidOperationException">The call comes from a function that it is calling.</exception>
    public abstract void ReadMemory(uint address, Span<byte> destination);

    /// <summary>Copies into the guest's memory, after waiting for a call that runs.</summary>
    /// <param name="address">Where, in bytes from the start.</param>
    /// <param name="source">The bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">Part of the range lies beyond the memory. Nothing was written.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    /// <exception cref="InvalidOperationException">The call comes from a function that it is calling.</exception>
    public abstract void WriteMemory(uint address, ReadOnlySpan<byte> source);

    /// <summary>
    /// Ends the instance and waits until everything it held is released. Commits its open files as a good exit does, unless a call has to be interrupted for
    /// it; <see cref="Completion"/> tells how that went.
    /// </summary>
    /// <returns>Completes when it has ended; never fails.</returns>
    public abstract ValueTask DisposeAsync();
}
