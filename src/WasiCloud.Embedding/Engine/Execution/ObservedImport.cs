using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>
/// Tells a guest's observer of a call of a function of the application, which never runs on a fiber. What the function writes into the guest's memory is
/// not noted: it has a span of it.
/// </summary>
internal static class ObservedImport
{
    /// <summary>The call begins.</summary>
    /// <param name="recorder">Writes it down.</param>
    /// <param name="import">The function.</param>
    /// <param name="slots">The arguments.</param>
    public static void Begin(HostCallRecorder recorder, GuestImport import, ReadOnlySpan<GuestSlot> slots)
    {
        Copy(import.Parameters, slots, recorder.Open(import.Signature));
        recorder.TellBegan();
    }

    /// <summary>The call has ended.</summary>
    /// <param name="recorder">Writes it down.</param>
    /// <param name="import">The function.</param>
    /// <param name="slots">The results.</param>
    /// <param name="hasCompleted">Whether there are any, and the guest goes on.</param>
    public static void End(HostCallRecorder recorder, GuestImport import, ReadOnlySpan<GuestSlot> slots, bool hasCompleted)
    {
        if (hasCompleted) Copy(import.Results, slots, recorder.Results);
        recorder.End(hasCompleted ? Errno.Success : HostCallOutcome.Ended);
    }

    // There are no words if the observer has failed. The upper half of what has 32 bits is undefined.
    private static void Copy(ReadOnlySpan<GuestValueType> types, ReadOnlySpan<GuestSlot> slots, Span<ulong> words)
    {
        for (var index = 0; index < words.Length; index++)
        {
            var isWide = types[index] is GuestValueType.I64 or GuestValueType.F64;
            words[index] = isWide ? (ulong)slots[index].Bits : (uint)slots[index].Bits;
        }
    }
}
