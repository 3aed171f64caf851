using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Reactors;

/// <summary>A function of a <see cref="ReactorInstance"/>.</summary>
internal sealed class ReactorFunction(ReactorInstance instance, string name, ExportedFunction export) : GuestFunction(name, export.Parameters, export.Results)
{
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

    public override void Call(
        ReadOnlySpan<GuestValue> arguments, Span<GuestValue> results, GuestCallOptions options = default, CancellationToken cancellationToken = default)
    {
        CheckArguments(arguments);
        if (results.Length != Export.ResultTypes.Length)
            throw new ArgumentException(FormattableString.Invariant(
                $"'{SafeText.Of(Name)}' returns {Export.ResultTypes.Length} values; there are {results.Length} places for them."), nameof(results));
        instance.Call(this, arguments, results, options, cancellationToken);
    }

    public override Task<GuestValue[]> CallAsync(GuestCallOptions options, CancellationToken cancellationToken, params ReadOnlySpan<GuestValue> arguments)
    {
        CheckArguments(arguments);
        return instance.CallAsync(this, arguments.ToArray(), options, cancellationToken);
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
