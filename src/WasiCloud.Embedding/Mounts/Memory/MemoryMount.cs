using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>A read-write tree in memory with all of POSIX's semantics: hard and symbolic links, sparse files, atomic rename and append, times.</summary>
/// <remarks>
/// Thread-safe: any number of invocations share the tree (or have one each, <see cref="MemoryMountOptions.PrivateToInvocation"/>), and it lives as long as this
/// object. Every write and append is atomic with regard to reads and other writes of the same file, also when it is scattered over several pieces of guest
/// memory.
/// </remarks>
public sealed class MemoryMount : ISynchronousMount
{
    private readonly MemoryMountOptions _options;
    private readonly MemoryTree? _shared;

    /// <summary>Makes an empty tree.</summary>
    /// <param name="options">The limits; <see langword="null"/> for the defaults.</param>
    /// <param name="timeProvider">
    /// The clock of the shared tree, <see langword="null"/> for the system's; its ticks of 100 ns are the times' resolution.
    /// A private tree uses the invocation's (<see cref="InvocationContext.TimeProvider"/>).
    /// </param>
    public MemoryMount(MemoryMountOptions? options = null, TimeProvider? timeProvider = null)
    {
        _options = options ?? new MemoryMountOptions();
        MemoryMountOptionsValidator.Instance.ThrowIfInvalid(_options, nameof(options));
        if (!_options.PrivateToInvocation) _shared = new MemoryTree(_options, timeProvider ?? TimeProvider.System);
    }

    /// <inheritdoc/>
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var tree = _shared ?? new MemoryTree(_options, context.TimeProvider);
        tree.Root.Inode.AddReference();
        return new(tree.Root);
    }
}
