using System.Reflection;

namespace WasiCloud.Embedding;

/// <summary>Loads modules from where they are.</summary>
public static class InvocationHostLoadExtensions
{
    // Of an assembly's resources that a message lists.
    private const int ShownResources = 20;

    /// <inheritdoc cref="IInvocationHost.LoadAsync"/>
    /// <param name="host">The host.</param>
    /// <param name="wasm">The bytes of a core WebAssembly module (binary format).</param>
    /// <param name="name">A name for logs and backtraces: not empty, without control and bidirectional characters.</param>
    /// <param name="cancellationToken">As of <see cref="IInvocationHost.LoadAsync"/>.</param>
    public static ValueTask<GuestModule> LoadAsync(this IInvocationHost host, ReadOnlyMemory<byte> wasm, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.LoadAsync(wasm, name, options: null, cancellationToken);
    }

    /// <summary>
    /// Loads a module from a stream, which is read to its end, but never more than <see cref="IInvocationHost.MaxModuleBytes"/> and one byte.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="wasm">The bytes of a core WebAssembly module (binary format), from where the stream is. It stays open.</param>
    /// <param name="name">A name for logs and backtraces: not empty, without control and bidirectional characters.</param>
    /// <param name="options">How it is loaded.</param>
    /// <param name="cancellationToken">Ends the reading, and the rest as of <see cref="IInvocationHost.LoadAsync"/>.</param>
    /// <returns>A module that can be invoked any number of times, also concurrently.</returns>
    /// <exception cref="InvalidGuestModuleException">
    /// As of <see cref="IInvocationHost.LoadAsync"/>; also if there are more bytes than a module may have.
    /// </exception>
    /// <exception cref="ArgumentException">The stream cannot be read, or an option is out of its range.</exception>
    /// <exception cref="IOException">Reading failed.</exception>
    public static async ValueTask<GuestModule> LoadAsync(
        this IInvocationHost host, Stream wasm, string name, GuestModuleOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(wasm);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!wasm.CanRead) throw new ArgumentException("The stream cannot be read.", nameof(wasm));
        var bytes = await ModuleBytes.ReadAsync(wasm, host.MaxModuleBytes, cancellationToken).ConfigureAwait(false);
        return await host.LoadAsync(bytes, name, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Loads a module from a file. Only regular files are read: of a pipe or a device, whose end nobody knows, read a stream instead. A file that grows
    /// meanwhile, or is larger than it says, is read no further than <see cref="IInvocationHost.MaxModuleBytes"/> and one byte.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="path">The file: the bytes of a core WebAssembly module (binary format).</param>
    /// <param name="name">
    /// A name for logs and backtraces, and the program's own name (<c>argv[0]</c>): not empty, without control and bidirectional characters. By default the
    /// name of the file.
    /// </param>
    /// <param name="options">How it is loaded.</param>
    /// <param name="cancellationToken">Ends the reading, and the rest as of <see cref="IInvocationHost.LoadAsync"/>.</param>
    /// <returns>A module that can be invoked any number of times, also concurrently.</returns>
    /// <exception cref="InvalidGuestModuleException">
    /// As of <see cref="IInvocationHost.LoadAsync"/>, with the path; also if it is empty, a pipe or a device.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="IOException">It is a directory, or reading failed.</exception>
    /// <exception cref="ArgumentException">The name, or by default the file's, cannot be a module's, or an option is out of its range.</exception>
    public static async ValueTask<GuestModule> LoadAsync(
        this IInvocationHost host, string path, string? name = null, GuestModuleOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (name is null)
        {
            name = Path.GetFileName(path);
            ModuleName.Check(name, nameof(path));
        }

        var bytes = await ModuleBytes.ReadFileAsync(path, host.MaxModuleBytes, cancellationToken).ConfigureAwait(false);
        return await LoadFromAsync(host, bytes, path, name, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads a module that is embedded in an assembly (<c>&lt;EmbeddedResource Include="guest.wasm" LogicalName="guest.wasm" /&gt;</c>).</summary>
    /// <param name="host">The host.</param>
    /// <param name="assembly">The assembly.</param>
    /// <param name="resource">
    /// The resource's name, which unless the project says otherwise is the project's root namespace and the file's path with dots:
    /// <c>MyApp.Guests.guest.wasm</c>.
    /// </param>
    /// <param name="name">A name for logs and backtraces: not empty, without control and bidirectional characters. By default the resource's.</param>
    /// <param name="options">How it is loaded.</param>
    /// <param name="cancellationToken">As of <see cref="IInvocationHost.LoadAsync"/>.</param>
    /// <returns>A module that can be invoked any number of times, also concurrently.</returns>
    /// <exception cref="InvalidGuestModuleException">As of <see cref="IInvocationHost.LoadAsync"/>, with the resource's name.</exception>
    /// <exception cref="ArgumentException">
    /// The assembly has no such resource; the message lists those that it has. Or an option is out of its range.
    /// </exception>
    public static async ValueTask<GuestModule> LoadAsync(
        this IInvocationHost host,
        Assembly assembly,
        string resource,
        string? name = null,
        GuestModuleOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentException.ThrowIfNullOrEmpty(resource);
        var stream = assembly.GetManifestResourceStream(resource) ?? throw new ArgumentException(DescribeMissing(assembly, resource), nameof(resource));
        await using (stream.ConfigureAwait(false))
        {
            var bytes = await ModuleBytes.ReadAsync(stream, host.MaxModuleBytes, cancellationToken).ConfigureAwait(false);
            return await LoadFromAsync(host, bytes, resource, name ?? resource, options, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<GuestModule> LoadFromAsync(
        IInvocationHost host, ReadOnlyMemory<byte> bytes, string place, string name, GuestModuleOptions? options, CancellationToken cancellationToken)
    {
        try
        {
            return await host.LoadAsync(bytes, name, options, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidGuestModuleException exception)
        {
            throw new InvalidGuestModuleException($"'{place}': {exception.Message}", exception.Offset, exception);
        }
    }

    private static string DescribeMissing(Assembly assembly, string resource)
    {
        var present = assembly.GetManifestResourceNames();
        var listed = string.Join(", ", present.Take(ShownResources));
        if (present.Length == 0) listed = "none";
        if (present.Length > ShownResources) listed += ", ...";
        return $"The assembly '{assembly.GetName().Name}' has no resource '{resource}'; it has: {listed}.";
    }
}
