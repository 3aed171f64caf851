using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>A function that an instance exports and a host can call. Belongs to one <see cref="GuestStore"/>.</summary>
internal sealed class ExportedFunction(FunctionReference reference, GuestValueType[] parameters, GuestValueType[] results)
{
    public FunctionReference Reference { get; } = reference;

    public IReadOnlyList<GuestValueType> Parameters { get; } = parameters;

    public IReadOnlyList<GuestValueType> Results { get; } = results;

    /// <summary>As <see cref="Parameters"/>, without an enumerator.</summary>
    public ReadOnlySpan<GuestValueType> ParameterTypes => parameters;

    /// <summary>As <see cref="Results"/>, without an enumerator.</summary>
    public ReadOnlySpan<GuestValueType> ResultTypes => results;

    /// <summary>Places for arguments, which become places for results.</summary>
    public int SlotCount { get; } = Math.Max(parameters.Length, results.Length);
}
