using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding;

/// <summary>
/// The guest that calls a function of the application that may wait: its memory, and who it is. The guest stands still in the call, and so does its memory.
/// Thread-safe.
/// </summary>
/// <remarks>
/// The memory is out of reach once the call is over, which is when the function has completed or the guest is to end, whichever comes first: by then it may be
/// another guest's.
/// </remarks>
public sealed unsafe class GuestAsyncCaller
{
    // Held while bytes are copied, so that the call is not over before.
    private readonly Lock _lock = new();
    private readonly byte* _memory;
    private readonly ulong _memoryBytes;
    private bool _isOver;

    internal GuestAsyncCaller(in GuestCaller caller, CancellationToken cancellationToken)
    {
        _memory = caller.Memory;
        (_memoryBytes, Invocation, CancellationToken) = (caller.MemoryBytes, caller.Invocation, cancellationToken);
    }

    /// <summary>Who calls: its id, its clock, and the request's features.</summary>
    public InvocationContext Invocation { get; }

    /// <summary>
    /// Cancelled when the guest is to end: its time is up, its caller has cancelled, or it, its response or its host was disposed. Nobody waits for the
    /// function any more then; what it throws later is unobserved (<see cref="TaskScheduler.UnobservedTaskException"/>).
    /// </summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Copies from the guest's memory.</summary>
    /// <param name="address">Where, as the guest passed it.</param>
    /// <param name="destination">Takes as many bytes as it is long.</param>
    /// <exception cref="ArgumentOutOfRangeException">Part of the range lies beyond the memory. Let it end the guest.</exception>
    /// <exception cref="ObjectDisposedException">The call is over.</exception>
    public void ReadMemory(uint address, Span<byte> destination)
    {
        lock (_lock) Range(address, (uint)destination.Length).CopyTo(destination);
    }

    /// <summary>Copies from the guest's memory.</summary>
    /// <param name="address">Where, as the guest passed it.</param>
    /// <param name="length">How many bytes.</param>
    /// <returns>The bytes: no more than the guest's memory has.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Part of the range lies beyond the memory, or it is longer than 2 GiB - 1. Let it end the
    /// guest.</exception>
    /// <exception cref="ObjectDisposedException">The call is over.</exception>
    public byte[] ReadMemory(uint address, uint length)
    {
        lock (_lock) return Range(address, length).ToArray();
    }

    /// <summary>Copies into the guest's memory.</summary>
    /// <param name="address">Where, as the guest passed it.</param>
    /// <param name="source">The bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">Part of the range lies beyond the memory; nothing was written. Let it end the guest.</exception>
    /// <exception cref="ObjectDisposedException">The call is over.</exception>
    public void WriteMemory(uint address, ReadOnlySpan<byte> source)
    {
        lock (_lock) source.CopyTo(Range(address, (uint)source.Length));
    }

    /// <summary>The call is over.</summary>
    internal void End()
    {
        lock (_lock) _isOver = true;
    }

    private Span<byte> Range(uint address, uint length)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        if (!GuestCaller.IsWithin(address, length, _memoryBytes)) throw GuestCaller.Beyond(address, length, _memoryBytes);
        return new Span<byte>(_memory + address, (int)length);
    }
}
