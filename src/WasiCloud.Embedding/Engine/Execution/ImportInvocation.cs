namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>Calls an application's own function with a guest's arguments.</summary>
internal static class ImportInvocation
{
    /// <summary>Calls one that never waits.</summary>
    /// <param name="import">The function.</param>
    /// <param name="store">Who calls.</param>
    /// <param name="slots">Arguments in, results out: of the function's types, which the linker has checked.</param>
    public static void Invoke(GuestImport import, GuestStore store, Span<GuestSlot> slots) => import.Body!(slots, CallerOf(store));

    /// <summary>Who calls, for the application.</summary>
    public static unsafe GuestCaller CallerOf(GuestStore store)
    {
        var memory = store.Guest.Memory;
        return new GuestCaller(memory.PointerTo(0), memory.Length, store.Context!);
    }

    /// <summary>Tells a guest that was to end from a function that failed.</summary>
    public static Exception ToHostException(GuestImport import, GuestStore store, Exception exception) =>
        exception is OperationCanceledException && store.MustStop ? exception : Failure(import, exception);

    /// <summary>A function failed.</summary>
    public static GuestTrapException Failure(GuestImport import, Exception exception) =>
        new(GuestTrapCode.Other, $"The host's function {import} failed: {exception.Message}", [], exception);
}
