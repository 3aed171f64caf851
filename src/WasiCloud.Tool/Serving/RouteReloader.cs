using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool.Serving;

/// <summary>Makes the routes follow the files. One caller at a time, but <see cref="Signal"/> is thread-safe.</summary>
/// <remarks>Each file is a <see cref="GuestModuleSource"/>, which follows its content (<see cref="ServedFile"/>); this follows which files there are.</remarks>
/// <param name="source">Which files there are.</param>
/// <param name="routes">The routes.</param>
/// <param name="host">Loads modules.</param>
/// <param name="logger">Is told of changes.</param>
/// <param name="optionsOf">How the module of a file is loaded, unless that is the usual way. It throws if the file is not to be served.</param>
internal sealed class RouteReloader(
    ModuleSource source, RouteTable routes, IInvocationHost host, ILogger logger, Func<string, GuestModuleOptions>? optionsOf = null) : IAsyncDisposable
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Those whose names cannot be modules', or that have no policy, are known, and not served.
    private readonly Dictionary<string, ServedFile?> _files = new(StringComparer.Ordinal);
    private bool _isUnreadable;

    /// <summary>Whether a module answers a route.</summary>
    public bool IsServed(string route) => _files.TryGetValue(route, out var file) && file is { IsServed: true };

    /// <summary>Something may have changed. Many signals are one.</summary>
    public void Signal() => _signals.Writer.TryWrite(true);

    /// <summary>Follows signals until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _signals.Reader.ReadAsync(cancellationToken).ConfigureAwait(false)) await ScanAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    /// <summary>Compares the files that are there with those that are served.</summary>
    public async Task ScanAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, string> files;
        try
        {
            files = source.Scan();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Once, until it can be read again.
            if (!_isUnreadable) Log.NotScanned(logger, source.Folder, ServedFile.OneLine(exception));
            _isUnreadable = true;
            return;
        }

        _isUnreadable = false;

        foreach (var route in _files.Keys.Except(files.Keys, StringComparer.Ordinal).ToArray()) await RemoveAsync(route).ConfigureAwait(false);
        foreach (var (route, path) in files)
        {
            if (!_files.ContainsKey(route)) await AddAsync(route, path, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in _files.Values)
        {
            if (file is not null) await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task AddAsync(string route, string path, CancellationToken cancellationToken)
    {
        ServedFile? file = null;
        try
        {
            file = new ServedFile(route, path, routes, logger, optionsOf?.Invoke(path));
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or IOException or UnauthorizedAccessException)
        {
            Log.NotLoaded(logger, SafeText.OfMessage(path), ServedFile.OneLine(exception));
        }

        _files.Add(route, file);
        if (file is not null) await file.OpenAsync(host, cancellationToken).ConfigureAwait(false);
    }

    private async Task RemoveAsync(string route)
    {
        // One module that is being replaced may be gone for a moment, and there is nothing else to serve.
        if (source.IsSingle || !_files.Remove(route, out var file) || file is null) return;
        await file.DisposeAsync().ConfigureAwait(false);
        if (file.IsServed) Log.Removed(logger, SafeText.OfMessage(route) + ".wasm", ServedFile.Show(route));
    }
}
