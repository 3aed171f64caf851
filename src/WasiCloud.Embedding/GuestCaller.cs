using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding;

/// <summary>The guest that calls a function of the application: its memory, and who it is. Exists during the call only.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly unsafe ref struct GuestCaller
{
    internal GuestCaller(byte* memory, ulong memoryBytes, InvocationContext invocation)
    {
        Memory = memory;
        (MemoryBytes, Invocation) = (memoryBytes, invocation);
    }

    /// <summary>Who calls: its id, its clock, and the request's features.</summary>
    public InvocationContext Invocation { get; }

    /// <summary>Where the memory starts; nowhere, if there is none.</summary>
    internal byte* Memory { get; }

    /// <summary>How long it is.</summary>
    internal ulong MemoryBytes { get; }

    /// <summary>A range of the guest's memory, valid during this call.</summary>
    /// <param name="address">Where it starts, as the guest passed it.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>The memory itself: what is written there, the guest sees.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Part of the range lies beyond the memory, or it is longer than 2 GiB - 1. Let it end the
    /// guest.</exception>
    public Span<byte> GetMemory(uint address, uint length)
    {
        if (!IsWithin(address, length, MemoryBytes)) throw Beyond(address, length, MemoryBytes);
        return new Span<byte>(Memory + address, (int)length);
    }

    /// <summary>Whether a range lies in a memory, and in a span.</summary>
    internal static bool IsWithin(uint address, uint length, ulong memoryBytes) =>
        length <= int.MaxValue && length <= memoryBytes && address <= memoryBytes - length;

    /// <summary>Says that it does not.</summary>
    internal static ArgumentOutOfRangeException Beyond(uint address, uint length, ulong memoryBytes) => new(
        nameof(address), address, FormattableString.Invariant($"{length} bytes from there are not in the guest's memory of {memoryBytes} bytes."));
}
