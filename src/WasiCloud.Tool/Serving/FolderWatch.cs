namespace WasiCloud.Tool.Serving;

/// <summary>Says when something in a folder may have changed.</summary>
internal sealed class FolderWatch : IDisposable
{
    private readonly FileSystemWatcher _watcher;

    public FolderWatch(string folder, Action onChange)
    {
        _watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
        _watcher.Changed += (_, _) => onChange();
        _watcher.Created += (_, _) => onChange();
        _watcher.Deleted += (_, _) => onChange();
        _watcher.Renamed += (_, _) => onChange();

        // Events were lost. All files are looked at anyway.
        _watcher.Error += (_, _) => onChange();
        _watcher.EnableRaisingEvents = true;
    }

    public void Dispose() => _watcher.Dispose();
}
