using System.Collections.Concurrent;
using WasiCloud.Embedding;

namespace WasiCloud.Tool.Serving;

/// <summary>Which modules answer which route. Thread-safe.</summary>
internal sealed class RouteTable
{
    /// <summary>The route that answers every path.</summary>
    public const string Everything = "";

    private readonly ConcurrentDictionary<string, GuestModuleSource> _sources = new(StringComparer.Ordinal);

    /// <summary>Takes the module that answers a path now.</summary>
    /// <param name="path">A request's path, decoded: the first component names the route.</param>
    /// <returns>To be disposed when the request is over; <see langword="null"/> if nothing answers it.</returns>
    public async ValueTask<GuestModuleLease?> TryAcquireAsync(string path)
    {
        while (TryFind(path, out var route, out var source))
        {
            try
            {
                return await source.AcquireAsync().ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                // Its file is gone. The next look finds another one, or nothing.
                _sources.TryRemove(KeyValuePair.Create(route, source));
            }
        }

        return null;
    }

    /// <summary>Serves what a source has.</summary>
    public void Set(string route, GuestModuleSource source) => _sources[route] = source;

    /// <summary>Serves a route no more.</summary>
    public void Remove(string route) => _sources.TryRemove(route, out _);

    private bool TryFind(string path, out string route, out GuestModuleSource source)
    {
        route = Everything;
        if (_sources.TryGetValue(Everything, out source!)) return true;
        var name = path.StartsWith('/') ? path[1..] : path;
        var end = name.IndexOf('/', StringComparison.Ordinal);
        route = end < 0 ? name : name[..end];
        return route.Length > 0 && _sources.TryGetValue(route, out source!);
    }
}
