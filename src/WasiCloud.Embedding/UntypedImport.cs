namespace WasiCloud.Embedding;

/// <summary>Calls a function of the application that takes and gives any values.</summary>
/// <param name="parameterTypes">What it takes.</param>
/// <param name="resultTypes">What it returns.</param>
internal sealed class UntypedImport(GuestValueType[] parameterTypes, GuestValueType[] resultTypes)
{
    // The application's arrays are its own, and may change.
    private readonly GuestValueType[] _parameters = [.. parameterTypes];
    private readonly GuestValueType[] _results = [.. resultTypes];

    /// <summary>Makes what the engine calls of one that never waits.</summary>
    public GuestImportBody Calling(GuestImportHandler handler) => (slots, caller) =>
    {
        // GuestImport bounds both.
        Span<GuestValue> arguments = stackalloc GuestValue[_parameters.Length];
        Span<GuestValue> results = stackalloc GuestValue[_results.Length];
        Read(slots, arguments);
        Clear(results);
        handler(new GuestImportCall(arguments, results, caller));
        Write(results, slots);
    };

    /// <summary>Makes what the engine calls of one that may wait.</summary>
    public WaitingImportBody Awaiting(GuestAsyncImportHandler handler) => async (slots, caller) =>
    {
        var (arguments, results) = (new GuestValue[_parameters.Length], new GuestValue[_results.Length]);
        Read(slots, arguments);
        Clear(results);
        await handler(caller, arguments, results).ConfigureAwait(false);
        Write(results, slots);
    };

    private void Read(ReadOnlySpan<GuestSlot> slots, Span<GuestValue> arguments)
    {
        for (var index = 0; index < arguments.Length; index++) arguments[index] = new GuestValue(_parameters[index], slots[index].Bits);
    }

    private void Clear(Span<GuestValue> results)
    {
        for (var index = 0; index < results.Length; index++) results[index] = new GuestValue(_results[index], bits: 0);
    }

    private void Write(ReadOnlySpan<GuestValue> results, Span<GuestSlot> slots)
    {
        for (var index = 0; index < results.Length; index++)
        {
            if (results[index].Type != _results[index])
                throw new InvalidOperationException($"Result {index} is {results[index].Type}; it must be {_results[index]}.");
            slots[index].Bits = results[index].Bits;
        }
    }
}
