namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>
/// Says when something in a folder may have changed: one watcher for all who ask for the same folder, because Linux gives a user few of them (128 by default).
/// Thread-safe.
/// </summary>
internal sealed class FolderWatches
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, FolderWatch> _watches = new(StringComparer.Ordinal);

    /// <summary>Watches a folder until the result is disposed.</summary>
    /// <param name="folder">The folder, by its full name.</param>
    /// <param name="onChange">Called on any thread, also for what is no change. Must be quick.</param>
    /// <returns><see langword="null"/> if the system does not watch it: it is not there, or there are too many watches already.</returns>
    public IDisposable? TryWatch(string folder, Action onChange)
    {
        lock (_lock)
        {
            if (!_watches.TryGetValue(folder, out var watch))
            {
                if (TryCreate(folder) is not { } watcher) return null;
                _watches.Add(folder, watch = new FolderWatch(watcher));
            }

            watch.Users++;
            watch.OnChange += onChange;
            return new Subscription(this, folder, watch, onChange);
        }
    }

    private static FileSystemWatcher? TryCreate(string folder)
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(folder)
            {
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.Attributes,
            };
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            watcher?.Dispose();
            return null;
        }
    }

    private void End(string folder, FolderWatch watch, Action onChange)
    {
        lock (_lock)
        {
            watch.OnChange -= onChange;
            if (--watch.Users > 0) return;
            _watches.Remove(folder);
        }

        watch.Dispose();
    }

    private sealed class FolderWatch : IDisposable
    {
        private readonly FileSystemWatcher _watcher;

        public FolderWatch(FileSystemWatcher watcher)
        {
            _watcher = watcher;
            _watcher.Changed += (_, _) => OnChange?.Invoke();
            _watcher.Created += (_, _) => OnChange?.Invoke();
            _watcher.Deleted += (_, _) => OnChange?.Invoke();
            _watcher.Renamed += (_, _) => OnChange?.Invoke();

            // Events were lost: everybody looks.
            _watcher.Error += (_, _) => OnChange?.Invoke();
        }

        /// <summary>Whom to tell. Changed within the lock of the owner.</summary>
        public Action? OnChange { get; set; }

        public int Users { get; set; }

        public void Dispose() => _watcher.Dispose();
    }

    private sealed class Subscription(FolderWatches owner, string folder, FolderWatch watch, Action onChange) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0) owner.End(folder, watch, onChange);
        }
    }
}
