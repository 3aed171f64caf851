using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Whether a host call may wait, which is what separates its two halves.</summary>
/// <remarks>
/// The synchronous half runs an operation with <see cref="Forbidden"/> on the guest's stack: nodes that are not synchronous are not called and the
/// operation returns <see cref="Required"/> before it changed anything. The pending half then runs the same operation again with <see cref="Allowed"/>.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly struct Suspension
{
    /// <summary>Not an errno of the ABI: the operation must be repeated where it may wait.</summary>
    public const Errno Required = (Errno)ushort.MaxValue;

    private readonly bool _allowed;

    private Suspension(bool allowed, CancellationToken cancellationToken) => (_allowed, CancellationToken) = (allowed, cancellationToken);

    public static Suspension Forbidden => default;

    public CancellationToken CancellationToken { get; }

    public bool IsAllowed => _allowed;

    public static Suspension Allowed(CancellationToken cancellationToken) => new(allowed: true, cancellationToken);

    /// <summary>Whether a member of the node may be called now.</summary>
    public bool Permits(VirtualNode node) => _allowed || node.IsSynchronous;

    /// <summary>Whether a member of the handle may be called now.</summary>
    public bool Permits(FileHandle handle) => _allowed || handle.IsSynchronous;
}
