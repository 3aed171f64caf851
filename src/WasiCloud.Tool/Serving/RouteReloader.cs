using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool.Serving;

/// <summary>Makes the routes follow the files. One caller at a time, but <see cref="Signal"/> is thread-safe.</summary>
/// <remarks>
/// It knows a file by its content and not by its times, which a deployment may keep. A file that cannot be loaded may be half written: it is tried again after
/// a moment, and reported when it still is as it was. After that it waits for the next change.
/// </remarks>
internal sealed class RouteReloader(
    ModuleSource source, RouteTable routes, Func<ReadOnlyMemory<byte>, string, CancellationToken, ValueTask<GuestModule>> load, ILogger logger,
    TimeProvider time)
{
    /// <summary>How long a writer gets to finish a file.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, string> _served = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _failed = new(StringComparer.Ordinal);

    /// <summary>Whether a module answers a route. Not while another call runs.</summary>
    public bool IsServed(string route) => _served.ContainsKey(route);

    /// <summary>Something may have changed. Many signals are one.</summary>
    public void Signal() => _signals.Writer.TryWrite(true);

    /// <summary>Follows signals until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _signals.Reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (await ScanAsync(isLastTry: false, cancellationToken).ConfigureAwait(false)) continue;
                await Task.Delay(RetryDelay, time, cancellationToken).ConfigureAwait(false);
                await ScanAsync(isLastTry: true, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    /// <summary>Compares all files with what is served.</summary>
    /// <param name="isLastTry">Whether to report files that cannot be loaded.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns><see langword="false"/> if some could not be loaded that have not been reported.</returns>
    public async Task<bool> ScanAsync(bool isLastTry, CancellationToken cancellationToken)
    {
        Dictionary<string, string> files;
        try
        {
            files = source.Scan();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (isLastTry) Log.NotScanned(logger, source.Folder, OneLine(exception));
            return isLastTry;
        }

        foreach (var route in _served.Keys.Except(files.Keys, StringComparer.Ordinal).ToArray()) Remove(route);
        var isComplete = true;
        foreach (var (route, path) in files) isComplete &= await UpdateAsync(route, path, isLastTry, cancellationToken).ConfigureAwait(false);
        return isComplete;
    }

    private static string OneLine(Exception exception) => SafeText.OfMessage(exception.Message.ReplaceLineEndings(" "));

    private static string Show(string route) => route.Length == 0 ? "every path" : "/" + SafeText.OfMessage(route);

    private async Task<bool> UpdateAsync(string route, string path, bool isLastTry, CancellationToken cancellationToken)
    {
        var hash = string.Empty;
        try
        {
            var wasm = await ModuleFile.ReadRegularAsync(path, cancellationToken).ConfigureAwait(false);
            hash = Convert.ToHexString(SHA256.HashData(wasm));
            if (_failed.GetValueOrDefault(route) == hash || _served.GetValueOrDefault(route) == hash) return true;
            Serve(route, path, hash, await load(wasm, Path.GetFileName(path), cancellationToken).ConfigureAwait(false));
            return true;
        }
        catch (Exception exception) when (exception is InvalidGuestModuleException or IOException or UnauthorizedAccessException)
        {
            if (!isLastTry) return false;
            _failed[route] = hash;
            if (_served.ContainsKey(route)) Log.NotReloaded(logger, SafeText.OfMessage(path), Show(route), OneLine(exception));
            else Log.NotLoaded(logger, SafeText.OfMessage(path), OneLine(exception));
            return true;
        }
    }

    private void Serve(string route, string path, string hash, GuestModule module)
    {
        routes.Set(route, new ServedModule(module));
        _failed.Remove(route);
        var isNew = !_served.ContainsKey(route);
        _served[route] = hash;
        if (isNew) Log.Loaded(logger, SafeText.OfMessage(path), Show(route));
        else Log.Reloaded(logger, SafeText.OfMessage(path), Show(route));
    }

    private void Remove(string route)
    {
        // One module that is being replaced may be gone for a moment, and there is nothing else to serve.
        if (source.IsSingle) return;
        routes.Remove(route);
        _served.Remove(route);
        _failed.Remove(route);
        Log.Removed(logger, SafeText.OfMessage(route) + ".wasm", Show(route));
    }
}
