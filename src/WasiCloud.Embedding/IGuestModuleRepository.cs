namespace WasiCloud.Embedding;

/// <summary>
/// Where a <see cref="GuestModuleStore"/> finds the modules of tenants: a folder, a blob store, a database. Thread-safe. Asked for one module by one caller
/// at a time.
/// </summary>
public interface IGuestModuleRepository
{
    /// <summary>Opens a module, or says that there is none.</summary>
    /// <param name="tenant">Whose module: one line of text, 1 to 255 bytes of UTF-8. Whatever a client asks for: it may have dots and separators.</param>
    /// <param name="name">
    /// Its name: one line of text, 1 to 200 bytes of UTF-8, without <c>/</c> and <c>\</c>, not beginning with a dot. What of it exists is for the repository to
    /// say.
    /// </param>
    /// <param name="cancellationToken">Ends it, after <see cref="GuestModuleStoreOptions.LoadTimeout"/> or when the store is disposed.</param>
    /// <returns>
    /// The module, which the store disposes; <see langword="null"/> if there is none. What is thrown is told to whoever waits, and a module that serves already
    /// serves on.
    /// </returns>
    ValueTask<GuestModuleContent?> OpenAsync(string tenant, string name, CancellationToken cancellationToken);
}
