using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine;

/// <summary>Calls an application's own function with a guest's arguments.</summary>
internal static class ImportInvocation
{
    /// <param name="import">The function.</param>
    /// <param name="store">Who calls.</param>
    /// <param name="values">Arguments in, results out: of the function's types, which the linker has checked.</param>
    public static unsafe void Invoke(GuestImport import, GuestStore store, Span<ValRaw> values)
    {
        // GuestImport bounds both.
        Span<GuestValue> arguments = stackalloc GuestValue[import.Parameters.Length];
        Span<GuestValue> results = stackalloc GuestValue[import.Results.Length];
        ValueConversion.Read(values, import.Parameters, arguments);
        Clear(import, results);
        var memory = store.Guest.Memory;
        import.Handler(new GuestImportCall(arguments, results, memory.PointerTo(0), memory.Length, store.Context!));
        for (var index = 0; index < results.Length; index++) CheckResult(import, index, results[index].Type);
        ValueConversion.Write(results, values);
    }

    // A result that the function does not set is zero.
    private static void Clear(GuestImport import, Span<GuestValue> results)
    {
        for (var index = 0; index < results.Length; index++) results[index] = new GuestValue(import.Results[index], bits: 0);
    }

    private static void CheckResult(GuestImport import, int index, GuestValueType type)
    {
        if (type != import.Results[index]) throw new InvalidOperationException($"Result {index} is {type}; it must be {import.Results[index]}.");
    }
}
