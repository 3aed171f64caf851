using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary>
/// The character devices <c>null</c>, <c>zero</c>, <c>full</c>, <c>random</c> and <c>urandom</c>, with Linux' behaviour (null(4), full(4), random(4)).
/// </summary>
/// <remarks>
/// Thread-safe and without state; the random bytes are the operating system's, fit for keys, or another <see cref="IRandomSource"/>'s. Names cannot be created
/// or removed (<see cref="Errno.RoFs"/>), the
/// devices are writable all the same, as those of a read-only file system are.
/// </remarks>
public sealed class DeviceMount : ISynchronousMount
{
    private readonly DeviceDirectory _root;

    /// <summary>Makes the devices, with the operating system's randomness.</summary>
    public DeviceMount()
        : this(SystemRandomSource.Instance)
    {
    }

    /// <summary>Makes the devices.</summary>
    /// <param name="randomSource">Where the bytes of <c>random</c> and <c>urandom</c> come from.</param>
    public DeviceMount(IRandomSource randomSource)
    {
        ArgumentNullException.ThrowIfNull(randomSource);
        _root = new DeviceDirectory(randomSource);
    }

    /// <inheritdoc/>
    public bool BelongsToInvocation => true;

    /// <inheritdoc/>
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) => new(_root);
}
