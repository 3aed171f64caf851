using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding;

/// <summary>A function of the application that guests import. Called on the thread that runs the guest, for several guests at one time.</summary>
/// <param name="call">The arguments, the guest's memory, and the place for results. An exception ends the guest with a
/// <see cref="GuestTrapException"/>.</param>
public delegate void GuestImportHandler(GuestImportCall call);

/// <summary>
/// A function of the application that guests import and that may wait. Called for several guests at one time, on the thread that runs the guest; it goes on
/// wherever what it awaits completes.
/// </summary>
/// <param name="caller">The guest's memory, who calls, and the token that is cancelled when the guest is to end.</param>
/// <param name="arguments">The arguments, of the types that the function was added with.</param>
/// <param name="results">Takes the results, of the types that the function was added with; zero unless set.</param>
/// <returns>Completes when the results are set. An exception ends the guest with a <see cref="GuestTrapException"/>.</returns>
public delegate ValueTask GuestAsyncImportHandler(GuestAsyncCaller caller, ReadOnlyMemory<GuestValue> arguments, Memory<GuestValue> results);

/// <summary>One call of an application's function by a guest.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly ref struct GuestImportCall
{
    private readonly GuestCaller _caller;

    internal GuestImportCall(ReadOnlySpan<GuestValue> arguments, Span<GuestValue> results, GuestCaller caller)
    {
        _caller = caller;
        Arguments = arguments;
        Results = results;
    }

    /// <summary>The arguments, of the types that the function was added with.</summary>
    public ReadOnlySpan<GuestValue> Arguments { get; }

    /// <summary>Takes the results, of the types that the function was added with; zero unless set.</summary>
    public Span<GuestValue> Results { get; }

    /// <summary>Who calls: its id, its clock, and the request's features.</summary>
    public InvocationContext Invocation => _caller.Invocation;

    /// <inheritdoc cref="GuestCaller.GetMemory"/>
    public Span<byte> GetMemory(uint address, uint length) => _caller.GetMemory(address, length);
}
