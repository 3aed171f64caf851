using Microsoft.Extensions.Logging;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool.Serving;

/// <summary>A file that answers a route as soon as it can be loaded, with what is in it then. Tells what becomes of it.</summary>
internal sealed class ServedFile : IAsyncDisposable
{
    private readonly string _route;
    private readonly string _path;
    private readonly RouteTable _routes;
    private readonly ILogger _logger;
    private readonly GuestModuleSource _source;
    private volatile bool _isServed;
    private int _toldReloads;

    /// <exception cref="ArgumentException">The file's name cannot be a module's.</exception>
    public ServedFile(string route, string path, RouteTable routes, ILogger logger, GuestModuleOptions? options)
    {
        (_route, _path, _routes, _logger) = (route, path, routes, logger);
        _source = GuestModuleSource.File(path, reload: true, options);
        _source.Changed += (_, _) => Tell();
    }

    /// <summary>Whether a module of it answers the route.</summary>
    public bool IsServed => _isServed;

    /// <summary>A route, for people.</summary>
    public static string Show(string route) => route.Length == 0 ? "every path" : "/" + SafeText.OfMessage(route);

    /// <summary>What went wrong, for a line of the log.</summary>
    public static string OneLine(Exception exception) => SafeText.OfMessage(exception.Message.ReplaceLineEndings(" "));

    /// <summary>Loads it, or tells why that cannot be. It is followed in both cases.</summary>
    public async Task OpenAsync(IInvocationHost host, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileInfo(_path);
            await CompileProgress.ShowAsync(LoadAsync(host, cancellationToken), _source.Name, file.Exists ? file.Length : 0).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is GuestException or IOException or UnauthorizedAccessException)
        {
            // It was told when it happened.
        }
    }

    /// <summary>Serves it no more.</summary>
    public async ValueTask DisposeAsync()
    {
        _routes.Remove(_route);
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<GuestModule> LoadAsync(IInvocationHost host, CancellationToken cancellationToken)
    {
        await host.OpenAsync(_source, GuestModuleKind.Command, cancellationToken).ConfigureAwait(false);
        return _source.Module!;
    }

    private void Tell()
    {
        var path = SafeText.OfMessage(_path);
        if (_source.LastFailure is { } failure)
        {
            // A file that is gone is no news: the scan of the folder sees it, and one that is served alone may be gone for a moment.
            if (!_isServed) Log.NotLoaded(_logger, path, OneLine(failure));
            else if (failure is not FileNotFoundException) Log.NotReloaded(_logger, path, Show(_route), OneLine(failure));
            return;
        }

        if (!_isServed)
        {
            _routes.Set(_route, _source);
            _isServed = true;
            Log.Loaded(_logger, path, Show(_route));
        }
        else if (_source.Reloads != _toldReloads)
        {
            Log.Reloaded(_logger, path, Show(_route));
        }

        // Else it is what it was before.
        _toldReloads = _source.Reloads;
    }
}
