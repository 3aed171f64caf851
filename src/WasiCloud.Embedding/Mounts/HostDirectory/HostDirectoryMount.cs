using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>A directory of the host, confined to what lies below it. Linux only.</summary>
/// <remarks>
/// <para> Nothing a guest says reaches the host as a path: every step is one name, relative to an open directory, and never follows a symbolic link
/// (<c>openat</c> with <c>O_NOFOLLOW</c>). So neither <c>..</c>, absolute names, symbolic links nor races with other processes lead out; links are resolved
/// within the guest's tree. Only regular files and directories can be opened, and instead of the devices null, zero, full, random and urandom, which are known
/// by their numbers, this library's own (<see cref="Devices.DeviceMount"/>), also below a read-only directory: other devices, FIFOs and sockets are listed and
/// have attributes, but opening them is <see cref="Errno.Access"/>.
/// </para>
/// <para>
/// Nodes are descriptors of the host's process, so they survive renaming, and count towards its limit. Of names and link targets that are not UTF-8,
/// bytes that are no part of a character are shown as U+EF80 to U+EFFF (docs/filesystem.md), and are these bytes again where such a name is given.
/// Guests may make symbolic links that say anything, also absolute paths: other programs of the host should not follow links below <c>hostPath</c>.
/// Files are created with mode 0666 and directories with 0777, less the process's umask. Thread-safe.
/// </para>
/// <para>
/// A tenant's part is the folder below <c>hostPath</c> that is named after it: lower-case ASCII letters, digits, <c>_</c> and <c>-</c> as they are, other bytes
/// of UTF-8 as <c>%</c> and two upper-case hexadecimal digits, and names that would be longer than 200 characters as the first 100 of them, <c>%-</c> and the
/// SHA-256. It is made when it is first needed, with mode 0700, unless the mount is read-only: then it is empty as long as it is not there. A symbolic link in
/// its place is refused. The limits hold for each tenant. Guests whose line does not say <c>tenant</c> see the folders of all tenants: give tenants a directory
/// of their own.
/// </para>
/// </remarks>
public sealed class HostDirectoryMount : ISynchronousMount, IPartitionedMount
{
    private readonly HostDirectoryNode _root;
    private readonly HostParts _parts;

    /// <summary>Opens the directory, which keeps being served if it is renamed later.</summary>
    /// <param name="hostPath">The directory on the host; a relative path is relative to the process's current directory.</param>
    /// <param name="access"><see cref="FileAccess.Read"/> makes every change <see cref="Errno.RoFs"/>; or <see cref="FileAccess.ReadWrite"/>.</param>
    /// <param name="options">Limits for what guests may write; <see langword="null"/> for none.</param>
    /// <param name="randomSource">What a <c>/dev/random</c> below it gives; <see langword="null"/> for the system's.</param>
    /// <exception cref="ArgumentException"><paramref name="hostPath"/> is empty, or an option is out of its range.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="access"/> is something else.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="IOException">The directory cannot be opened, or <c>/proc</c> is not mounted, which reopening files needs.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not a 64-bit Linux.</exception>
    public HostDirectoryMount(string hostPath, FileAccess access, HostDirectoryOptions? options = null, IRandomSource? randomSource = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostPath);
        if (access is not (FileAccess.Read or FileAccess.ReadWrite)) throw new ArgumentOutOfRangeException(nameof(access), access, "Read or ReadWrite.");
        if (options is not null) HostDirectoryOptionsValidator.Instance.ThrowIfInvalid(options, nameof(options));
        LinuxPlatform.ThrowIfUnsupported();

        var path = Path.GetFullPath(hostPath);
        var descriptor = Libc.OpenPath(path, LinuxOpenFlags.PathOnly | LinuxOpenFlags.Directory | LinuxOpenFlags.CloseOnExec);
        if (descriptor is null) throw Failure(path);
        if (Libc.TryGetStatus(descriptor, out var status) != Errno.Success) throw Failure(path);

        var tree = new HostTree(ProcessDescriptors.Open(), status.Device, access == FileAccess.Read, Libc.IsInMemory(descriptor))
        {
            Random = randomSource ?? SystemRandomSource.Instance,
        };
        if (access == FileAccess.ReadWrite && options is { MaxBytes: not null } or { MaxNodes: not null }) tree.Limit(options, descriptor);
        var root = new HostInode(tree, descriptor);
        _root = new HostDirectoryNode(root, isRoot: true);
        _parts = new HostParts(root, access == FileAccess.ReadWrite ? options ?? new HostDirectoryOptions() : null);
    }

    /// <inheritdoc/>
    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) => new(_root);

    /// <inheritdoc/>
    public ValueTask<VirtualDirectory> AttachPartAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return _parts.OpenAsync(
            context.Tenant ?? throw new ArgumentException("The guest works for no tenant.", nameof(context)), context.PolicyLimits, cancellationToken);
    }

    private static Exception Failure(string path)
    {
        var error = LinuxErrno.Last();
        return error is Errno.NoEnt or Errno.NotDir
            ? new DirectoryNotFoundException($"There is no directory '{path}'.")
            : new IOException($"Directory '{path}' cannot be opened: {error}.");
    }
}
