using System.Collections.Concurrent;

namespace WasiCloud.Tool.Serving;

/// <summary>Which module answers which route. Thread-safe.</summary>
internal sealed class RouteTable
{
    /// <summary>The route that answers every path.</summary>
    public const string Everything = "";

    private readonly ConcurrentDictionary<string, ServedModule> _modules = new(StringComparer.Ordinal);

    /// <summary>The module that answers a path, in use until it is released.</summary>
    /// <param name="path">A request's path, decoded: the first component names the route.</param>
    /// <param name="module">The module.</param>
    public bool TryAcquire(string path, out ServedModule module)
    {
        // One that is being replaced refuses; the next look finds its successor, or nothing.
        while (TryFind(path, out module))
        {
            if (module.TryAcquire()) return true;
        }

        return false;
    }

    /// <summary>Serves a module, in place of the one that did.</summary>
    public void Set(string route, ServedModule module)
    {
        ServedModule? old = null;
        _modules.AddOrUpdate(route, module, (_, current) =>
        {
            old = current;
            return module;
        });
        old?.Release();
    }

    /// <summary>Serves a route no more.</summary>
    public void Remove(string route)
    {
        if (_modules.TryRemove(route, out var module)) module.Release();
    }

    private bool TryFind(string path, out ServedModule module)
    {
        if (_modules.TryGetValue(Everything, out module!)) return true;
        var name = path.StartsWith('/') ? path[1..] : path;
        var end = name.IndexOf('/', StringComparison.Ordinal);
        return (end < 0 ? name : name[..end]) is { Length: > 0 } route && _modules.TryGetValue(route, out module!);
    }
}
