namespace WasiCloud.Embedding;

/// <summary>A function that a <see cref="GuestInstance"/> exports. Thread-safe.</summary>
/// <remarks>
/// <c>Call</c> runs the guest on the calling thread and blocks it while the guest waits for something: right for a game's loop and for functions that compute.
/// If that thread has less stack left than a guest may need (<see cref="WasiCloudOptions.MaxStackBytes"/> and 512 KiB), or the system cannot be asked (all but
/// Linux), a guest thread does it meanwhile, which costs microseconds. <c>CallAsync</c> runs it on a guest thread and holds no thread of the caller: right for
/// functions that read and write files of slow mounts.
/// </remarks>
public abstract class GuestFunction
{
    private protected GuestFunction(string name, IReadOnlyList<GuestValueType> parameters, IReadOnlyList<GuestValueType> results) =>
        (Name, Parameters, Results) = (name, parameters, results);

    /// <summary>The name of the export.</summary>
    public string Name { get; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<GuestValueType> Parameters { get; }

    /// <summary>What it returns.</summary>
    public IReadOnlyList<GuestValueType> Results { get; }

    /// <summary>Calls it on this thread.</summary>
    /// <param name="arguments">As many as there are <see cref="Parameters"/>, of their types.</param>
    /// <returns>The first result; of type <see cref="GuestValueType.None"/> if there is none.</returns>
    /// <exception cref="ArgumentException">An argument is missing, too much or of another type.</exception>
    /// <exception cref="GuestException">The guest trapped, exited or exceeded a limit.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    /// <exception cref="InvalidOperationException">The call comes from a function that the instance is calling.</exception>
    public GuestValue Call(params ReadOnlySpan<GuestValue> arguments) => Call(default, CancellationToken.None, arguments);

    /// <inheritdoc cref="Call(ReadOnlySpan{GuestValue})"/>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    /// <param name="arguments">As many as there are <see cref="Parameters"/>, of their types.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the instance or its host disposed.</exception>
    public abstract GuestValue Call(GuestCallOptions options, CancellationToken cancellationToken, params ReadOnlySpan<GuestValue> arguments);

    /// <summary>Calls it on this thread and takes all of several results.</summary>
    /// <param name="arguments">As many as there are <see cref="Parameters"/>, of their types.</param>
    /// <param name="results">As long as <see cref="Results"/>.</param>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it.</param>
    /// <exception cref="ArgumentException">An argument is missing, too much or of another type, or there is not one place for each result.</exception>
    /// <exception cref="GuestException">The guest trapped, exited or exceeded a limit.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    /// <exception cref="InvalidOperationException">The call comes from a function that the instance is calling.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the instance or its host disposed.</exception>
    public abstract void Call(
        ReadOnlySpan<GuestValue> arguments, Span<GuestValue> results, GuestCallOptions options = default, CancellationToken cancellationToken = default);

    /// <summary>Calls it on a guest thread.</summary>
    /// <param name="arguments">As many as there are <see cref="Parameters"/>, of their types. Copied before this returns.</param>
    /// <returns>All results.</returns>
    /// <exception cref="ArgumentException">An argument is missing, too much or of another type.</exception>
    /// <exception cref="GuestException">The guest trapped, exited or exceeded a limit.</exception>
    /// <exception cref="GuestEndedException">The instance has ended.</exception>
    public Task<GuestValue[]> CallAsync(params ReadOnlySpan<GuestValue> arguments) => CallAsync(default, CancellationToken.None, arguments);

    /// <inheritdoc cref="CallAsync(ReadOnlySpan{GuestValue})"/>
    /// <param name="options">The limits of this call.</param>
    /// <param name="cancellationToken">Ends the call, and the instance with it; while it waits for its turn, the call only.</param>
    /// <param name="arguments">As many as there are <see cref="Parameters"/>, of their types. Copied before this returns.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled, or the instance or its host disposed.</exception>
    public abstract Task<GuestValue[]> CallAsync(GuestCallOptions options, CancellationToken cancellationToken, params ReadOnlySpan<GuestValue> arguments);

    // The arguments, whose types were compared with the function's, and then the results are in the slots: as many as the longer of them, or more.
    internal abstract void Call(Span<GuestSlot> slots, in GuestCallOptions options, CancellationToken cancellationToken);

    internal abstract Task CallAsync(GuestSlot[] slots, in GuestCallOptions options, CancellationToken cancellationToken);
}
