using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>Makes modules of what a repository has.</summary>
/// <param name="repository">Has their bytes.</param>
/// <param name="host">Loads them.</param>
/// <param name="options">How.</param>
/// <param name="time">Counts how long that takes.</param>
internal sealed class StoreLoading(IGuestModuleRepository repository, IInvocationHost host, GuestModuleStoreOptions options, TimeProvider time)
{
    /// <summary>Looks for a module.</summary>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="known">What serves.</param>
    /// <param name="stopping">The store is disposed.</param>
    /// <exception cref="InvalidGuestModuleException">It is none that can run here.</exception>
    /// <exception cref="IOException">The repository failed.</exception>
    public async Task<Outcome> LoadAsync(string tenant, string name, Outcome known, CancellationToken stopping)
    {
        using var late = new CancellationTokenSource(options.LoadTimeout, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
        var loading = LoadHereAsync(tenant, name, known, ended.Token);
        try
        {
            // A repository need not follow its token: who waits goes on without it, and what it brings then is disposed.
            return await loading.WaitAsync(ended.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not InvalidGuestModuleException)
        {
            _ = DisposeLateAsync(loading);
            ObjectDisposedException.ThrowIf(stopping.IsCancellationRequested, typeof(GuestModuleStore));
            if (late.IsCancellationRequested) throw new IOException($"The module was not loaded within {options.LoadTimeout}.", exception);
            throw new IOException($"The module cannot be had from its repository: {exception.Message}", exception);
        }
    }

    private static async Task DisposeLateAsync(Task<Outcome> loading)
    {
        await ((Task)loading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (loading.IsCompletedSuccessfully) (await loading.ConfigureAwait(false)).Module?.Dispose();
    }

    private async Task<Outcome> LoadHereAsync(string tenant, string name, Outcome known, CancellationToken cancellationToken)
    {
        var content = await repository.OpenAsync(tenant, name, cancellationToken).ConfigureAwait(false);
        if (content is null) return default;
        await using var stream = content.Wasm.ConfigureAwait(false);
        if (content.Version is { } version && version == known.Version) return known with { Module = null };
        var wasm = await ModuleBytes.ReadAsync(content.Wasm, host.MaxModuleBytes, cancellationToken).ConfigureAwait(false);
        var checksum = ModuleChecksum.Of(wasm.Span, options.ModuleOptions.Sha256);
        if (checksum == known.Checksum) return new Outcome(content.Version, checksum, Module: null);
        var module = await host.LoadAsync(wasm, name, options.ModuleOptions, cancellationToken).ConfigureAwait(false);
        try
        {
            SourceLoading.Check(module, options.Kind);
            return new Outcome(content.Version, checksum, module);
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>What there is. The default is nothing.</summary>
    /// <param name="Version">The repository's version.</param>
    /// <param name="Checksum">What is known by it.</param>
    /// <param name="Module">The module, if it is another one than that which is known.</param>
    [StructLayout(LayoutKind.Auto)]
    public readonly record struct Outcome(string? Version, string? Checksum, GuestModule? Module)
    {
        public bool IsMissing => Checksum is null;
    }
}
