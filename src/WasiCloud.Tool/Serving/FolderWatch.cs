namespace WasiCloud.Tool.Serving;

/// <summary>Says when something in a folder may have changed: when the system tells, and once a second, for file systems that do not.</summary>
internal sealed class FolderWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly FileSystemWatcher? _watcher;
    private readonly ITimer _timer;

    public FolderWatch(string folder, Action onChange, TimeProvider time)
    {
        _watcher = TryWatch(folder, onChange);
        _timer = time.CreateTimer(static action => ((Action)action!)(), onChange, Interval, Interval);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _watcher?.Dispose();
    }

    private static FileSystemWatcher? TryWatch(string folder, Action onChange)
    {
        var watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
        try
        {
            watcher.Changed += (_, _) => onChange();
            watcher.Created += (_, _) => onChange();
            watcher.Deleted += (_, _) => onChange();
            watcher.Renamed += (_, _) => onChange();

            // Events were lost. All files are looked at anyway.
            watcher.Error += (_, _) => onChange();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (IOException)
        {
            // The user has as many watches as the system gives.
            watcher.Dispose();
            return null;
        }
    }
}
