using System.Security.Cryptography;
using System.Threading.Channels;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>
/// Keeps a feed at what is in a file. Looks at it when something in its folder changes, and now and then, for file systems that do not tell.
/// </summary>
/// <remarks>
/// It knows a file by its content: what a file is known by without reading it (<see cref="FileStamp"/>) only says when to read. One load at a time; what
/// changes meanwhile is seen by the next look, so that the last state is always loaded, and not each one before it.
/// </remarks>
/// <param name="path">The file.</param>
/// <param name="read">Reads it.</param>
/// <param name="load">Makes a module of its bytes, or says why that cannot be.</param>
/// <param name="watches">Say when to look.</param>
/// <param name="time">Counts the time between looks.</param>
internal sealed class FileFollower(
    string path,
    Func<CancellationToken, ValueTask<ReadOnlyMemory<byte>>> read,
    Func<ReadOnlyMemory<byte>, CancellationToken, Task<GuestModule>> load,
    FolderWatches watches,
    TimeProvider time)
{
    /// <summary>From look to look if nothing else says that something has changed.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>A file that changes is read when it has not for so long.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(100);

    /// <summary>A file that cannot be loaded may be half written: how long it has to stay as it is to be called bad.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    // One that changes for ever is read all the same, and one that never stops to be bad is called bad.
    private const int MaxSettleLooks = 10;
    private const int MaxTries = 10;

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // As it was when it was read, if that is certain.
    private FileStamp? _seen;
    private string? _servedHash;
    private (string Hash, string Message) _failed;

    /// <summary>Loads the file, and again when it has changed.</summary>
    /// <param name="feed">Gets the modules.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(ModuleFeed feed, CancellationToken cancellationToken)
    {
        // Before the first look, so that no change falls between.
        using var watch = watches.TryWatch(Path.GetDirectoryName(path)!, Signal);
        var timer = time.CreateTimer(static self => ((FileFollower)self!).Signal(), this, PollInterval, PollInterval);
        await using (timer.ConfigureAwait(false))
        {
            // What is seen now is not settled: the first look reads it once more, and then knows.
            if (await TryAsync(feed, cancellationToken).ConfigureAwait(false) is not null) Signal();
            while (await _signals.Reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                await LookAsync(feed, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Signal() => _signals.Writer.TryWrite(true);

    private async Task LookAsync(ModuleFeed feed, CancellationToken cancellationToken)
    {
        var stamp = FileStamp.Of(path);
        if (stamp == _seen) return;
        for (var attempt = 1; ; attempt++)
        {
            (stamp, var isSettled) = await SettleAsync(stamp, cancellationToken).ConfigureAwait(false);
            if (await TryAsync(feed, cancellationToken).ConfigureAwait(false) is not { } failure)
            {
                _seen = isSettled ? stamp : null;
                return;
            }

            if (await IsBadAsync(failure, stamp, cancellationToken).ConfigureAwait(false) || attempt == MaxTries)
            {
                Report(feed, failure);
                _seen = isSettled && failure.IsOfContent ? stamp : null;
                return;
            }

            stamp = FileStamp.Of(path);
        }
    }

    // Else it may be half written.
    private async Task<bool> IsBadAsync(LoadFailure failure, FileStamp stamp, CancellationToken cancellationToken)
    {
        if (failure.IsKnown(_failed)) return true;
        await Task.Delay(RetryDelay, time, cancellationToken).ConfigureAwait(false);
        return FileStamp.Of(path) == stamp;
    }

    // Until it is the same for a while.
    private async Task<(FileStamp Stamp, bool IsSettled)> SettleAsync(FileStamp stamp, CancellationToken cancellationToken)
    {
        for (var look = 0; look < MaxSettleLooks; look++)
        {
            await Task.Delay(SettleTime, time, cancellationToken).ConfigureAwait(false);
            var next = FileStamp.Of(path);
            if (next == stamp) return (stamp, true);
            stamp = next;
        }

        return (stamp, false);
    }

    private async Task<LoadFailure?> TryAsync(ModuleFeed feed, CancellationToken cancellationToken)
    {
        var hash = string.Empty;
        try
        {
            var wasm = await read(cancellationToken).ConfigureAwait(false);
            hash = Convert.ToHexString(SHA256.HashData(wasm.Span));
            if (hash == _servedHash) feed.Recover();
            else feed.Replace(await load(wasm, cancellationToken).ConfigureAwait(false), isOwned: true);
            (_servedHash, _failed) = (hash, default);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is, the next state of the file may be better.
            return new LoadFailure(hash, exception);
        }
    }

    private void Report(ModuleFeed feed, LoadFailure failure)
    {
        if (failure.IsKnown(_failed)) return;
        _failed = (failure.Hash, failure.Exception.Message);
        feed.Fail(failure.Exception);
    }

    private readonly record struct LoadFailure(string Hash, Exception Exception)
    {
        // Then it stays so until the file changes. A file that cannot be read, or a compiler that cannot be started, may be able to the next time.
        public bool IsOfContent => Exception is InvalidGuestModuleException;

        public bool IsKnown((string Hash, string Message) failed) => failed == (Hash, Exception.Message);
    }
}
