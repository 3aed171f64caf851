using System.Reflection;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>
/// Where the module of a route, or of anything else that lives long, comes from: a file that may be replaced while it is used, bytes, a resource, or a module
/// that is there. A host loads it (<see cref="IInvocationHost.OpenAsync"/>; <c>MapGuest</c> asks for it). Thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// A file that is followed is looked at whenever something in its folder changes, and once a second, for file systems that tell of no changes: in place, by
/// renaming, or by another target of a symbolic link on the way to it. What is half written gets the time to be completed. The same bytes are no new module.
/// </para>
/// <para>
/// No request is lost when the module is replaced: whoever was given the old one finishes on it, and it is disposed after the last. A file that is gone, is
/// no file, or holds what cannot be loaded leaves the old module where it is: that is logged once, as a warning, and is in <see cref="LastFailure"/>.
/// </para>
/// </remarks>
public sealed class GuestModuleSource : IAsyncDisposable
{
    private static readonly GuestModuleOptions s_defaults = new();

    private IModuleFeed? _feed;
    private int _isDisposed;

    private GuestModuleSource(string name, GuestModuleOptions? options = null) => (Name, Options) = (name, options ?? s_defaults);

    /// <summary>
    /// Raised when <see cref="Module"/> or <see cref="LastFailure"/> has changed: from then on only the new module is given out. Handlers run one after another
    /// on a thread of the pool, before the next change is looked for; what they throw is logged.
    /// </summary>
    public event EventHandler? Changed;

    /// <summary>The name of its modules: of a file, the file's.</summary>
    public string Name { get; }

    /// <summary>
    /// The module that serves now; <see langword="null"/> before the first is loaded. For a look at it: it may be disposed at any time, unless it is held by
    /// <see cref="AcquireAsync"/>.
    /// </summary>
    public GuestModule? Module => _feed?.Module;

    /// <summary>How often another module took the place of the one that served.</summary>
    public int Reloads => _feed?.Reloads ?? 0;

    /// <summary>Why what the source has now does not serve; <see langword="null"/> if it does, or nobody has opened it.</summary>
    public Exception? LastFailure => _feed?.LastFailure;

    internal GuestModuleOptions Options { get; }

    /// <summary>Where its bytes are, if that is a file.</summary>
    internal string? Path { get; private init; }

    /// <summary>Whether the file is followed.</summary>
    internal bool IsFollowed { get; private init; }

    /// <summary>Its bytes, if they are nowhere else.</summary>
    internal ReadOnlyMemory<byte> Wasm { get; private init; }

    /// <summary>Opens the resource that has its bytes, if one has.</summary>
    internal Func<Stream>? OpenResource { get; private init; }

    /// <summary>The module, if somebody else loaded it.</summary>
    internal GuestModule? Given { get; private init; }

    /// <summary>A file.</summary>
    /// <param name="path">The file, or a symbolic link to it.</param>
    /// <param name="reload">Whether to follow it: to load it again when it changes. By default it is read once.</param>
    /// <param name="options">How it is loaded, each time.</param>
    /// <returns>The source. Nothing is read before it is opened.</returns>
    /// <exception cref="ArgumentException">The path names no file, or its name has control characters.</exception>
    public static GuestModuleSource File(string path, bool reload = false, GuestModuleOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = System.IO.Path.GetFullPath(path);
        var name = System.IO.Path.GetFileName(full);
        if (name.Length == 0) throw new ArgumentException("The path names no file.", nameof(path));
        ModuleName.Check(name, nameof(path));
        return new GuestModuleSource(name, options) { Path = full, IsFollowed = reload };
    }

    /// <summary>Bytes.</summary>
    /// <param name="wasm">The module, not to be changed as long as the source is used.</param>
    /// <param name="name">Its name, for messages and as the guest's first argument.</param>
    /// <param name="options">How it is loaded.</param>
    /// <returns>The source.</returns>
    /// <exception cref="ArgumentException">The name is empty, or has control characters.</exception>
    public static GuestModuleSource Bytes(ReadOnlyMemory<byte> wasm, string name, GuestModuleOptions? options = null)
    {
        ModuleName.Check(name, nameof(name));
        return new GuestModuleSource(name, options) { Wasm = wasm };
    }

    /// <summary>A resource that was embedded in an assembly.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="resource">The resource's name there.</param>
    /// <param name="options">How it is loaded.</param>
    /// <returns>The source.</returns>
    /// <exception cref="ArgumentException">There is no such resource.</exception>
    public static GuestModuleSource Resource(Assembly assembly, string resource, GuestModuleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentException.ThrowIfNullOrEmpty(resource);
        if (assembly.GetManifestResourceInfo(resource) is null)
            throw new ArgumentException($"'{assembly.GetName().Name}' has no resource '{SafeText.Of(resource)}'.", nameof(resource));
        ModuleName.Check(resource, nameof(resource));
        return new GuestModuleSource(resource, options) { OpenResource = () => assembly.GetManifestResourceStream(resource)! };
    }

    /// <summary>A module that is loaded already. It stays whoever loaded it has to dispose.</summary>
    /// <param name="module">The module.</param>
    /// <returns>The source.</returns>
    public static GuestModuleSource Of(GuestModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return new GuestModuleSource(module.Name) { Given = module };
    }

    /// <summary>Takes the module that serves now, so that it can be used though it is replaced meanwhile.</summary>
    /// <param name="cancellationToken">Ends the wait for the first module to be loaded.</param>
    /// <returns>To be disposed when an invocation of the module has begun.</returns>
    /// <exception cref="InvalidOperationException">Nobody has opened the source.</exception>
    /// <exception cref="InvalidGuestModuleException">No module could be loaded yet; the message says why.</exception>
    /// <exception cref="ObjectDisposedException">The source, or the host that opened it, is disposed.</exception>
    public ValueTask<GuestModuleLease> AcquireAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        return Volatile.Read(ref _feed) is { } feed
            ? feed.AcquireAsync(cancellationToken)
            : throw new InvalidOperationException(
                $"Nobody has opened the source '{Name}': map it, or call {nameof(IInvocationHost)}.{nameof(IInvocationHost.OpenAsync)}.");
    }

    /// <summary>Follows its file no more, and disposes its module when nobody uses it; one that was given to <see cref="Of"/> stays as it is.</summary>
    /// <returns>Completes when nothing is loaded any more.</returns>
    public ValueTask DisposeAsync()
    {
        Volatile.Write(ref _isDisposed, 1);
        return Volatile.Read(ref _feed)?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>The feed of the host that opens it first.</summary>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    internal IModuleFeed Attach(IModuleFeed feed)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        return Interlocked.CompareExchange(ref _feed, feed, null) ?? feed;
    }

    /// <summary>Tells that something has changed.</summary>
    internal void RaiseChanged() => Changed?.Invoke(this, EventArgs.Empty);
}
