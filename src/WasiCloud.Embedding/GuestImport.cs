using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding;

/// <summary>A function of the application that guests import. Called on the thread that runs the guest, for several guests at one time.</summary>
/// <param name="call">The arguments, the guest's memory, and the place for results. An exception ends the guest with a
/// <see cref="GuestTrapException"/>.</param>
public delegate void GuestImportHandler(GuestImportCall call);

/// <summary>One call of an application's function by a guest.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly unsafe ref struct GuestImportCall
{
    private readonly byte* _memory;
    private readonly ulong _memoryBytes;

    internal GuestImportCall(ReadOnlySpan<GuestValue> arguments, Span<GuestValue> results, byte* memory, ulong memoryBytes, InvocationContext invocation)
    {
        _memory = memory;
        _memoryBytes = memoryBytes;
        Arguments = arguments;
        Results = results;
        Invocation = invocation;
    }

    /// <summary>The arguments, of the types that the function was added with.</summary>
    public ReadOnlySpan<GuestValue> Arguments { get; }

    /// <summary>Takes the results, of the types that the function was added with; zero unless set.</summary>
    public Span<GuestValue> Results { get; }

    /// <summary>Who calls: its id, its clock, and the request's features.</summary>
    public InvocationContext Invocation { get; }

    /// <summary>A range of the guest's memory, valid during this call.</summary>
    /// <param name="address">Where it starts, as the guest passed it.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>The memory itself: what is written there, the guest sees.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Part of the range lies beyond the memory, or it is longer than 2 GiB - 1. Let it end the
    /// guest.</exception>
    public Span<byte> GetMemory(uint address, uint length)
    {
        if (length > int.MaxValue || length > _memoryBytes || address > _memoryBytes - length)
            throw new ArgumentOutOfRangeException(
                nameof(address), address, FormattableString.Invariant($"{length} bytes from there are not in the guest's memory of {_memoryBytes} bytes."));
        return new Span<byte>(_memory + address, (int)length);
    }
}

/// <summary>A function of the application as the engine knows it.</summary>
internal sealed class GuestImport
{
    // The JavaScript API's limit, which engines apply to every signature.
    private const int MaxValues = 1000;

    private readonly GuestValueType[] _parameters;
    private readonly GuestValueType[] _results;

    public GuestImport(string module, string name, GuestValueType[] parameters, GuestValueType[] results, GuestImportHandler handler)
    {
        (Module, Name, Handler) = (module, name, handler);
        (_parameters, _results) = (Check(parameters, nameof(parameters)), Check(results, nameof(results)));
    }

    public string Module { get; }

    public string Name { get; }

    public GuestImportHandler Handler { get; }

    public ReadOnlySpan<GuestValueType> Parameters => _parameters;

    public ReadOnlySpan<GuestValueType> Results => _results;

    public override string ToString() => $"{Module}.{Name}";

    private static GuestValueType[] Check(GuestValueType[] types, string parameter)
    {
        if (types.Length > MaxValues) throw new ArgumentException($"A function has at most {MaxValues} of them.", parameter);
        foreach (var type in types)
        {
            if (type is < GuestValueType.I32 or > GuestValueType.F64) throw new ArgumentException($"{type} is not a type of a value.", parameter);
        }

        return [.. types];
    }
}
