using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>The guest whose calls are observed.</summary>
public sealed class ObservedGuest
{
    private readonly HostCallContext _context;

    internal ObservedGuest(HostCallContext context, InvocationContext invocation) => (_context, Invocation) = (context, invocation);

    /// <summary>Which one it is: its id, its clock, and the request's features.</summary>
    public InvocationContext Invocation { get; }

    /// <summary>
    /// Whether it is to end: it was cancelled, or has had its time. An observer that waits for something gives up then. Thread-safe; meaningless when the guest
    /// has ended.
    /// </summary>
    public bool MustEnd => _context.MustStop;

    /// <summary>The guest's memory.</summary>
    internal ref readonly GuestMemory Memory => ref _context.Memory;
}
