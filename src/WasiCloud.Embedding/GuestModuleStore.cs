namespace WasiCloud.Embedding;

/// <summary>
/// The modules of tenants: loaded when they are first asked for, once however many ask; replaced when their repository has another version; unloaded when there
/// is no room for all, the least recently used first. Thread-safe. <c>AddModuleStore</c> adds one to the services.
/// </summary>
/// <remarks>
/// What is in use is not unloaded: a module that is leased, or of which a guest runs or waits. If all are, there are more than the limits say until one is not.
/// One that is replaced finishes what was begun with it, and its code is freed after the last.
/// </remarks>
public abstract class GuestModuleStore : IAsyncDisposable
{
    private protected GuestModuleStore()
    {
    }

    /// <summary>How many modules are loaded, those that were replaced and are still in use not counted.</summary>
    public abstract int Count { get; }

    /// <summary>
    /// Memory that the code of loaded modules takes (<see cref="GuestModule.CodeBytes"/>), in bytes, with those that were replaced and are still in use.
    /// </summary>
    public abstract long CodeBytes { get; }

    /// <summary>How often a module was loaded, again or for the first time.</summary>
    public abstract long Loads { get; }

    /// <summary>How often a module was unloaded to make room, or because nobody used it for long.</summary>
    public abstract long Unloads { get; }

    /// <summary>Takes a module, after loading it if it is not.</summary>
    /// <param name="tenant">Whose module. What cannot be a tenant's name has none.</param>
    /// <param name="name">Its name there. What cannot be a module's (empty, over 200 bytes, with a separator or a control character, hidden) is none.</param>
    /// <param name="cancellationToken">Ends the wait, and not the loading.</param>
    /// <returns>To be disposed when an invocation of the module has begun; <see langword="null"/> if there is no such module.</returns>
    /// <exception cref="InvalidGuestModuleException">
    /// It cannot be loaded, or could not within <see cref="GuestModuleStoreOptions.FailureRetention"/>.
    /// </exception>
    /// <exception cref="IOException">The repository failed, or took longer than <see cref="GuestModuleStoreOptions.LoadTimeout"/>.</exception>
    /// <exception cref="ObjectDisposedException">The store or its host is disposed.</exception>
    public abstract ValueTask<GuestModuleLease?> TryAcquireAsync(string tenant, string name, CancellationToken cancellationToken = default);

    /// <summary>A module may have changed: whoever asks for it from now on waits until the repository was asked.</summary>
    /// <param name="tenant">Whose module.</param>
    /// <param name="name">Its name there. One that is not loaded is forgotten if it failed.</param>
    public abstract void Invalidate(string tenant, string name);

    /// <summary>Unloads all modules when they are not used any more, and loads no more.</summary>
    /// <returns>Completes when nothing is loaded any more.</returns>
    public abstract ValueTask DisposeAsync();
}
