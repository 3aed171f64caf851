using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>
/// The module of a source that serves now: given out without a lock, replaced by one task at a time. Whoever asks before there is one waits for the first try.
/// </summary>
/// <param name="source">Whose it is.</param>
/// <param name="kind">What its modules have to be.</param>
/// <param name="host">What loads it.</param>
/// <param name="logger">Is told of changes.</param>
/// <param name="closed">Told when it is disposed.</param>
internal sealed class ModuleFeed(
    GuestModuleSource source, GuestModuleKind kind, IInvocationHost host, ILogger logger, Action<ModuleFeed> closed) : IModuleFeed
{
    private readonly CancellationTokenSource _stopping = new();

    // Completed by the first try, however that ends.
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    private volatile ModuleVersion? _current;
    private volatile Exception? _lastFailure;
    private int _reloads;
    private int _isDisposed;

    public IInvocationHost Host => host;

    public GuestModuleKind Kind => kind;

    public GuestModule? Module => _current?.Module;

    public int Reloads => Volatile.Read(ref _reloads);

    public Exception? LastFailure => _lastFailure;

    /// <summary>Its file, or its name, for logs.</summary>
    public string Shown => SafeText.OfMessage(source.Path ?? source.Name);

    /// <summary>Begins.</summary>
    /// <param name="run">Loads the module, and follows what there is to follow until it is cancelled.</param>
    public void Start(Func<ModuleFeed, CancellationToken, Task> run) => _running = Task.Run(async () =>
    {
        try
        {
            await run(this, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // It is being disposed, or its host is.
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            _tried.TrySetResult();
        }
    });

    /// <summary>Waits for the first try.</summary>
    /// <exception cref="Exception">How that failed, if nothing was loaded since.</exception>
    public async Task OpenedAsync(CancellationToken cancellationToken)
    {
        await _tried.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_current is not null) return;
        ThrowIfDisposed();
        if (_lastFailure is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    public ValueTask<GuestModuleLease> AcquireAsync(CancellationToken cancellationToken) =>
        TryAcquire() is { } lease ? new ValueTask<GuestModuleLease>(lease) : AcquireLaterAsync(cancellationToken);

    /// <summary>Another module serves from now on.</summary>
    /// <param name="module">The module.</param>
    /// <param name="isOwned">Whether to dispose it.</param>
    public void Replace(GuestModule module, bool isOwned)
    {
        // Before the old one refuses, so that whoever it refuses finds the new one.
        var old = _current;
        _lastFailure = null;
        _current = new ModuleVersion(module, isOwned);
        if (old is not null)
        {
            old.Close();
            Log.ModuleReplaced(logger, Shown);
            Interlocked.Increment(ref _reloads);
        }

        Tell();
    }

    /// <summary>What there is cannot serve; what serves goes on.</summary>
    public void Fail(Exception failure)
    {
        if (_current is not null) Log.ModuleNotReplaced(logger, Shown, SafeText.OfMessage(failure.Message.ReplaceLineEndings(" ")));
        _lastFailure = failure;
        Tell();
    }

    /// <summary>What there is, is what serves: again, if it was something else.</summary>
    public void Recover()
    {
        if (_lastFailure is null) return;
        _lastFailure = null;
        Tell();
    }

    public async ValueTask DisposeAsync()
    {
        var isFirst = Interlocked.Exchange(ref _isDisposed, 1) == 0;
        if (isFirst)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);

            // Waits for whoever is about to start it.
            closed(this);
        }

        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var current = _current;
        _current = null;
        current?.Close();
        if (isFirst) _stopping.Dispose();
    }

    private GuestModuleLease? TryAcquire()
    {
        // One that is being replaced refuses: the next look finds its successor.
        while (_current is { } current)
        {
            if (current.TryAcquire() is { } lease) return lease;
        }

        return null;
    }

    private async ValueTask<GuestModuleLease> AcquireLaterAsync(CancellationToken cancellationToken)
    {
        await _tried.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (TryAcquire() is { } lease) return lease;
        ThrowIfDisposed();
        var failure = _lastFailure;
        throw new InvalidGuestModuleException($"No module of '{source.Name}' is loaded: {failure?.Message}", innerException: failure);
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, source);

    // Whoever waits for the first try goes on when that was told.
    private void Tell()
    {
        try
        {
            source.RaiseChanged();
        }
        catch (Exception exception)
        {
            Log.ModuleChangeHandlerFailed(logger, Shown, exception);
        }

        _tried.TrySetResult();
    }
}
