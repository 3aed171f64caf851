using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>The sources that are open at a host. Thread-safe.</summary>
internal sealed class ModuleSources
{
    private readonly Lock _lock = new();
    private readonly FolderWatches _watches = new();
    private readonly HashSet<ModuleFeed> _feeds = [];

    // Those without which the application does not start.
    private readonly List<ModuleFeed> _required = [];
    private bool _isClosed;

    /// <summary>Those that are open now, by the names that logs show.</summary>
    public IReadOnlyList<ModuleFeed> Open
    {
        get
        {
            lock (_lock) return [.. _feeds.OrderBy(feed => feed.Shown, StringComparer.Ordinal)];
        }
    }

    /// <summary>Opens a source, or finds that it is open already.</summary>
    /// <param name="source">The source.</param>
    /// <param name="kind">What its modules have to be.</param>
    /// <param name="host">Loads them.</param>
    /// <param name="maxModuleBytes">The largest module, in bytes.</param>
    /// <param name="time">Counts the time between looks at a file.</param>
    /// <param name="logger">Is told of changes.</param>
    /// <exception cref="InvalidOperationException">It is open at another host, or for another kind.</exception>
    public ModuleFeed Add(GuestModuleSource source, GuestModuleKind kind, IInvocationHost host, int maxModuleBytes, TimeProvider time, ILogger logger)
    {
        var feed = new ModuleFeed(source, kind, host, logger, Remove);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, host);
            if (source.Attach(feed) is not ModuleFeed first || first.Host != host)
                throw new InvalidOperationException($"The source '{source.Name}' is open at another host.");
            if (first.Kind != kind) throw new InvalidOperationException($"The source '{source.Name}' is open for modules of the kind {first.Kind}.");
            if (first != feed) return first;
            _feeds.Add(feed);
            var loading = new SourceLoading(source, kind, host, maxModuleBytes);
            feed.Start(source.IsFollowed
                ? new FileFollower(source.Path!, loading.ReadAsync, loading.LoadAsync, _watches, time).RunAsync
                : loading.RunAsync);
            return feed;
        }
    }

    /// <summary>The application does not start without it.</summary>
    public void Require(ModuleFeed feed)
    {
        lock (_lock) _required.Add(feed);
    }

    /// <summary>Waits until all that are required have been loaded.</summary>
    /// <exception cref="Exception">One could not be.</exception>
    public Task RequiredAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return Task.WhenAll(_required.Select(feed => feed.OpenedAsync(cancellationToken)));
    }

    /// <summary>Disposes all of them, and opens no more.</summary>
    public async ValueTask CloseAsync()
    {
        ModuleFeed[] feeds;
        lock (_lock)
        {
            _isClosed = true;
            feeds = [.. _feeds];
        }

        foreach (var feed in feeds) await feed.DisposeAsync().ConfigureAwait(false);
    }

    private void Remove(ModuleFeed feed)
    {
        lock (_lock)
        {
            _feeds.Remove(feed);
            _required.Remove(feed);
        }
    }
}
