using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Reactors;

/// <summary>A function of a <see cref="ReactorInstance"/>.</summary>
internal sealed class ReactorFunction(ReactorInstance instance, string name, ExportedFunction export) : GuestFunction(name, export.Parameters, export.Results)
{
    // Up to here a call's values lie on the stack; the engine lets a function have 1,000.
    private const int MaxStackSlots = 16;

    /// <summary>What the engine knows of it.</summary>
    public ExportedFunction Export { get; } = export;

    public override GuestValue Call(GuestCallOptions options, CancellationToken cancellationToken, params ReadOnlySpan<GuestValue> arguments)
    {
        var count = Export.ResultTypes.Length;
        if (count > 1) return CallForFirst(arguments, options, cancellationToken);
        GuestValue result = default;
        Call(arguments, new Span<GuestValue>(ref result)[..count], options, cancellationToken);
        return result;
    }

    [SkipLocalsInit]
    public override void Call(
        ReadOnlySpan<GuestValue> arguments, Span<GuestValue> results, GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        CheckArguments(arguments);
        if (results.Length != Export.ResultTypes.Length)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"'{SafeText.Of(Name)}' returns {Export.ResultTypes.Length} values; there are {results.Length} places for them."), nameof(results));
        }

        var count = Export.SlotCount;
        Span<GuestSlot> slots = count <= MaxStackSlots ? stackalloc GuestSlot[MaxStackSlots] : new GuestSlot[count];
        Write(arguments, slots);
        instance.Call(this, slots[..count], options, cancellationToken);
        Read(slots, results);
    }

    public override Task<GuestValue[]> CallAsync(GuestCallOptions options, CancellationToken cancellationToken, params ReadOnlySpan<GuestValue> arguments)
    {
        CheckArguments(arguments);
        var slots = new GuestSlot[Export.SlotCount];
        Write(arguments, slots);
        return CallForAllAsync(slots, options, cancellationToken);
    }

    internal override void Call(Span<GuestSlot> slots, in GuestCallOptions options, CancellationToken cancellationToken) =>
        instance.Call(this, slots, options, cancellationToken);

    internal override Task CallAsync(GuestSlot[] slots, in GuestCallOptions options, CancellationToken cancellationToken) =>
        instance.CallAsync(this, slots, options, cancellationToken);

    private static void Write(ReadOnlySpan<GuestValue> arguments, Span<GuestSlot> slots)
    {
        for (var index = 0; index < arguments.Length; index++) slots[index].Bits = arguments[index].Bits;
    }

    private void Read(ReadOnlySpan<GuestSlot> slots, Span<GuestValue> results)
    {
        var types = Export.ResultTypes;
        for (var index = 0; index < types.Length; index++) results[index] = new GuestValue(types[index], slots[index].Bits);
    }

    private async Task<GuestValue[]> CallForAllAsync(GuestSlot[] slots, GuestCallOptions options, CancellationToken cancellationToken)
    {
        await instance.CallAsync(this, slots, options, cancellationToken).ConfigureAwait(false);
        var results = new GuestValue[Export.ResultTypes.Length];
        Read(slots, results);
        return results;
    }

    private GuestValue CallForFirst(ReadOnlySpan<GuestValue> arguments, in GuestCallOptions options, CancellationToken cancellationToken)
    {
        Span<GuestValue> results = stackalloc GuestValue[Export.ResultTypes.Length];
        Call(arguments, results, options, cancellationToken);
        return results[0];
    }

    private void CheckArguments(ReadOnlySpan<GuestValue> arguments)
    {
        var parameters = Export.ParameterTypes;
        if (arguments.Length != parameters.Length)
            throw new ArgumentException(
                FormattableString.Invariant($"'{SafeText.Of(Name)}' takes {parameters.Length} arguments, not {arguments.Length}."), nameof(arguments));
        for (var index = 0; index < parameters.Length; index++)
        {
            if (arguments[index].Type != parameters[index])
                throw new ArgumentException(FormattableString.Invariant(
                    $"Argument {index} of '{SafeText.Of(Name)}' must be {parameters[index]}, not {arguments[index].Type}."), nameof(arguments));
        }
    }
}
