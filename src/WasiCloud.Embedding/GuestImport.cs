using System.Text;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding;

/// <summary>What a function of the application does in a guest's call.</summary>
/// <param name="slots">The arguments, which become the results: as many as there are of the longer.</param>
/// <param name="caller">The guest.</param>
internal delegate void GuestImportBody(Span<GuestSlot> slots, GuestCaller caller);

/// <summary>As <see cref="GuestImportBody"/>, of one that may wait.</summary>
/// <param name="slots">The arguments, which become the results. They are this call's for ever.</param>
/// <param name="caller">The guest.</param>
internal delegate ValueTask WaitingImportBody(GuestSlot[] slots, GuestAsyncCaller caller);

/// <summary>A function of the application as the engine knows it.</summary>
internal sealed class GuestImport
{
    // The JavaScript API's limit, which engines apply to every signature.
    private const int MaxValues = 1000;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly GuestValueType[] _parameters;
    private readonly GuestValueType[] _results;

    public GuestImport(string module, string name, GuestValueType[] parameters, GuestValueType[] results, GuestImportBody body)
        : this(module, name, parameters, results) => Body = body;

    public GuestImport(string module, string name, GuestValueType[] parameters, GuestValueType[] results, WaitingImportBody body)
        : this(module, name, parameters, results) => WaitingBody = body;

    private GuestImport(string module, string name, GuestValueType[] parameters, GuestValueType[] results)
    {
        (Module, Name) = (CheckName(module, nameof(module)), CheckName(name, nameof(name)));
        (_parameters, _results) = (Check(parameters, nameof(parameters)), Check(results, nameof(results)));
        SlotCount = Math.Max(parameters.Length, results.Length);
        var places = _parameters.Select((type, index) => HostCallParameter.Argument(index, ToValueType(type)));
        Signature = new HostCallSignature(module, name, places, _results.Select(ToValueType));
    }

    /// <summary>The same for an observer.</summary>
    public HostCallSignature Signature { get; }

    public string Module { get; }

    public string Name { get; }

    /// <summary>What it does, if it never waits.</summary>
    public GuestImportBody? Body { get; }

    /// <summary>What it does, if it may wait.</summary>
    public WaitingImportBody? WaitingBody { get; }

    /// <summary>Places for arguments, which become places for results.</summary>
    public int SlotCount { get; }

    public ReadOnlySpan<GuestValueType> Parameters => _parameters;

    public ReadOnlySpan<GuestValueType> Results => _results;

    public override string ToString() => $"{Module}.{Name}";

    private static HostCallValueType ToValueType(GuestValueType type) => type switch
    {
        GuestValueType.I64 => HostCallValueType.I64,
        GuestValueType.F32 => HostCallValueType.F32,
        GuestValueType.F64 => HostCallValueType.F64,
        _ => HostCallValueType.I32,
    };

    private static GuestValueType[] Check(GuestValueType[] types, string parameter)
    {
        if (types.Length > MaxValues) throw new ArgumentException($"A function has at most {MaxValues} of them.", parameter);
        foreach (var type in types)
        {
            if (type is < GuestValueType.I32 or > GuestValueType.F64) throw new ArgumentException($"{type} is not a type of a value.", parameter);
        }

        return [.. types];
    }

    // Names of a module are UTF-8: no module can import one that is no text, and what stands in its place could be another's.
    private static string CheckName(string name, string parameter)
    {
        try
        {
            s_strict.GetByteCount(name);
            return name;
        }
        catch (EncoderFallbackException exception)
        {
            throw new ArgumentException("The name contains half of a surrogate pair, which no name of a module can.", parameter, exception);
        }
    }
}
