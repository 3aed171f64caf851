using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>A read-write tree in memory with all of POSIX's semantics: hard and symbolic links, sparse files, atomic rename and append, times.</summary>
/// <remarks>
/// Thread-safe: any number of invocations share the tree (or have one each, <see cref="MemoryMountOptions.PrivateToInvocation"/>), and it lives as long as this
/// object. Every write and append is atomic with regard to reads and other writes of the same file, also when it is scattered over several pieces of guest
/// memory. Each tenant has a tree of its own, at first empty, of which the shared tree shows nothing.
/// </remarks>
public sealed class MemoryMount : ISynchronousMount, IPartitionedMount
{
    private readonly MemoryMountOptions _options;
    private readonly MemoryTree? _shared;
    private readonly MemoryParts? _parts;

    /// <summary>Makes an empty tree.</summary>
    /// <param name="options">The limits; <see langword="null"/> for the defaults.</param>
    /// <param name="timeProvider">
    /// The clock of the shared tree, <see langword="null"/> for the system's; its ticks of 100 ns are the times' resolution.
    /// A private tree uses the invocation's (<see cref="InvocationContext.TimeProvider"/>).
    /// </param>
    /// <param name="randomSource">What a copied <c>/dev/random</c> gives; <see langword="null"/> for the system's.</param>
    public MemoryMount(MemoryMountOptions? options = null, TimeProvider? timeProvider = null, IRandomSource? randomSource = null)
    {
        _options = options ?? new MemoryMountOptions();
        MemoryMountOptionsValidator.Instance.ThrowIfInvalid(_options, nameof(options));
        if (_options.PrivateToInvocation) return;
        _shared = new MemoryTree(_options, timeProvider ?? TimeProvider.System) { Random = randomSource ?? SystemRandomSource.Instance };
        _parts = new MemoryParts(_options, timeProvider ?? TimeProvider.System);
    }

    /// <summary>
    /// Makes a tree with all that a folder of the host has: files with their holes, directories, symbolic links, times, and devices such as <c>/dev/null</c>.
    /// Linux only.
    /// </summary>
    /// <param name="hostPath">The folder. It is read once; what guests change changes the copy only.</param>
    /// <param name="options">The limits, also of the copy; <see langword="null"/> for the defaults.</param>
    /// <param name="randomSource">What a copied <c>/dev/random</c> gives; <see langword="null"/> for the system's.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <returns>The mount, whose tree all invocations share.</returns>
    /// <exception cref="ArgumentException"><see cref="MemoryMountOptions.PrivateToInvocation"/> is set.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">
    /// Something in it is neither file, directory, symbolic link nor such a device, cannot be read, has a name that is not UTF-8, or does not fit.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not a 64-bit Linux.</exception>
    public static MemoryMount CopyOf(
        string hostPath, MemoryMountOptions? options = null, IRandomSource? randomSource = null, CancellationToken cancellationToken = default)
    {
        if (options is { PrivateToInvocation: true }) throw new ArgumentException("A copy is shared by all invocations.", nameof(options));
        var copy = new MemoryMount(options, randomSource: randomSource);
        FolderCopy.Fill(copy, hostPath, cancellationToken);
        return copy;
    }

    /// <inheritdoc/>
    public bool BelongsToInvocation => _options.PrivateToInvocation;

    /// <inheritdoc/>
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var tree = _shared ?? new MemoryTree(Within(context.PolicyLimits), context.TimeProvider);
        tree.Root.Inode.AddReference();
        return new(tree.Root);
    }

    /// <inheritdoc/>
    public ValueTask<VirtualDirectory> AttachPartAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return _parts is null
            ? AttachAsync(context, cancellationToken)
            : new(_parts.Attach(context.Tenant ?? throw new ArgumentException("The guest works for no tenant.", nameof(context)), context.PolicyLimits));
    }

    private MemoryMountOptions Within(GuestLimits? limits) => limits is not { TemporaryBytes: null, TemporaryFiles: null } and not null
        ? _options with
        {
            MaxBytes = Math.Min(_options.MaxBytes, limits.TemporaryBytes ?? long.MaxValue),
            MaxNodes = (int)Math.Min(_options.MaxNodes, limits.TemporaryFiles ?? long.MaxValue),
        }
        : _options;
}
