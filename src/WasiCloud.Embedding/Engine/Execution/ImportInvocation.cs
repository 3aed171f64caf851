using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>Calls an application's own function with a guest's arguments.</summary>
internal static class ImportInvocation
{
    /// <param name="import">The function.</param>
    /// <param name="store">Who calls.</param>
    /// <param name="values">Arguments in, results out: of the function's types, which the linker has checked.</param>
    public static void Invoke(GuestImport import, GuestStore store, Span<ValRaw> values)
    {
        // GuestImport bounds both.
        Span<GuestValue> arguments = stackalloc GuestValue[import.Parameters.Length];
        Span<GuestValue> results = stackalloc GuestValue[import.Results.Length];
        ValueConversion.Read(values, import.Parameters, arguments);
        Invoke(import, store, arguments, results);
        ValueConversion.Write(results, values);
    }

    /// <param name="import">The function.</param>
    /// <param name="store">Who calls.</param>
    /// <param name="arguments">Of the function's types.</param>
    /// <param name="results">As many as the function has; zero unless it sets them.</param>
    public static unsafe void Invoke(GuestImport import, GuestStore store, ReadOnlySpan<GuestValue> arguments, Span<GuestValue> results)
    {
        for (var index = 0; index < results.Length; index++) results[index] = new GuestValue(import.Results[index], bits: 0);
        var memory = store.Guest.Memory;
        import.Handler(new GuestImportCall(arguments, results, memory.PointerTo(0), memory.Length, store.Context!));
        for (var index = 0; index < results.Length; index++) CheckResult(import, index, results[index].Type);
    }

    /// <summary>Tells a guest that was to end from a function that failed.</summary>
    public static Exception ToHostException(GuestImport import, GuestStore store, Exception exception) =>
        exception is OperationCanceledException && store.MustStop
        ? exception
        : new GuestTrapException(GuestTrapCode.Other, $"The host's function {import} failed: {exception.Message}", [], exception);

    private static void CheckResult(GuestImport import, int index, GuestValueType type)
    {
        if (type != import.Results[index]) throw new InvalidOperationException($"Result {index} is {type}; it must be {import.Results[index]}.");
    }
}
