namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>Makes modules of what a source has.</summary>
/// <param name="source">The source.</param>
/// <param name="kind">What its modules have to be.</param>
/// <param name="host">Loads them.</param>
/// <param name="maxModuleBytes">The largest module, in bytes.</param>
internal sealed class SourceLoading(GuestModuleSource source, GuestModuleKind kind, IInvocationHost host, int maxModuleBytes)
{
    /// <summary>Reads the bytes that there are now.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        if (source.Path is { } path) return await ModuleReading.ReadFileAsync(path, maxModuleBytes, cancellationToken).ConfigureAwait(false);
        if (source.OpenResource is not { } open) return source.Wasm;
        var stream = open();
        await using (stream.ConfigureAwait(false)) return await ModuleBytes.ReadAsync(stream, maxModuleBytes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a module of them.</summary>
    /// <exception cref="InvalidGuestModuleException">They are none that the source's users could use.</exception>
    public async Task<GuestModule> LoadAsync(ReadOnlyMemory<byte> wasm, CancellationToken cancellationToken)
    {
        var module = await host.LoadAsync(wasm, source.Name, source.Options, cancellationToken).ConfigureAwait(false);
        try
        {
            Check(module, kind);
            return module;
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>Gives a feed the one module that there will ever be.</summary>
    public async Task RunAsync(ModuleFeed feed, CancellationToken cancellationToken)
    {
        try
        {
            if (source.Given is { } given)
            {
                Check(given, kind);
                feed.Replace(given, isOwned: false);
                return;
            }

            feed.Replace(await LoadAsync(await ReadAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false), isOwned: true);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            feed.Fail(exception);
        }
    }

    /// <summary>Whoever uses a command cannot use a reactor, and the other way round.</summary>
    /// <exception cref="InvalidGuestModuleException">It is of another kind.</exception>
    public static void Check(GuestModule module, GuestModuleKind kind)
    {
        if (module.Kind == kind) return;
        throw new InvalidGuestModuleException(kind == GuestModuleKind.Command
            ? "The module does not export '_start': it is a library or reactor, whose functions an application calls (IInvocationHost.StartAsync)."
            : "The module exports '_start': it is a command, which runs once (IInvocationHost.InvokeAsync).");
    }
}
