using System.Runtime.InteropServices;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Fibers;

/// <summary>Finds out where an engine's fibers have their stacks, by running code on one.</summary>
internal static unsafe class FiberProbe
{
    private const ulong Never = ulong.MaxValue / 2;

    // (module (import "h" "p" (func)) (start 0))
    private static ReadOnlySpan<byte> Module =>
    [
        0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00,
        0x01, 0x04, 0x01, 0x60, 0x00, 0x00,
        0x02, 0x07, 0x01, 0x01, (byte)'h', 0x01, (byte)'p', 0x00, 0x00,
        0x08, 0x01, 0x00,
    ];

    /// <summary>Whether the stacks lie below the range that was reserved, and that of a thread above.</summary>
    public static bool Passes(EngineHandle engine, EngineSettings settings, FiberStacks stacks, FiberHome home)
    {
        // Not on this thread: it may be one below the stacks, which must not go there.
        using var done = new ManualResetEventSlim();
        var passes = false;
        home.Post(() =>
        {
            passes = stacks.AreBelowThisThread && Finds(engine, settings, stacks);
            done.Set();
        });
        done.Wait();
        return passes;
    }

    private static bool Finds(EngineHandle engine, EngineSettings settings, FiberStacks stacks)
    {
        if (!WasmModuleHandle.TryCompile(engine, Module, out var module, out _)) return false;
        using (module)
        {
            using var linker = new LinkerHandle(engine);
            nuint address = 0;
            if (linker.DefineFunction("h"u8, "p"u8, [], [], &NoteAddress, (nint)(&address)) is not null) return false;
            if (!linker.TryInstantiatePre(module, out var instancePre, out _)) return false;
            using (instancePre) return Runs(engine, settings, instancePre) && address != 0 && stacks.AreAbove(address);
        }
    }

    private static bool Runs(EngineHandle engine, EngineSettings settings, InstancePreHandle instancePre)
    {
        SignalStack.Release();
        var store = StoreApi.New(engine, data: 0, finalizer: 0);
        StoreApi.SetEpochDeadline(StoreApi.Context(store), Never);
        var instance = default(InstanceReference);
        nint trap = 0, error = 0;

        // A store has none at first.
        if (settings.CountsFuel) error = StoreApi.SetFuel(StoreApi.Context(store), GuestStore.UnlimitedFuel);
        var future = AsyncApi.Instantiate(instancePre, StoreApi.Context(store), &instance, &trap, &error);
        var hasEnded = AsyncApi.Poll(future);
        AsyncApi.Delete(future);
        if (trap != 0) TrapApi.Delete(trap);
        if (error != 0) ErrorApi.Delete(error);
        StoreApi.Delete(store);
        return hasEnded && trap == 0 && error == 0;
    }

    // It allocates nothing: whether a collection could see this frame's callers is what is being found out.
    [UnmanagedCallersOnly]
    private static nint NoteAddress(nint address, nint caller, ValRaw* values, nuint count)
    {
        byte here;
        *(nuint*)address = (nuint)(&here);
        return 0;
    }
}
