using System.Collections.Concurrent;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>Readers, opened as needed up to a maximum and kept. Thread-safe.</summary>
internal sealed class ReaderPool(int maxCount, Func<Reader> open) : IAsyncDisposable
{
    private readonly SemaphoreSlim _free = new(maxCount);
    private readonly ConcurrentStack<Reader> _idle = new();
    private volatile bool _isDisposed;

    /// <summary>Runs a read on a reader of its own, on this thread if one is free.</summary>
    public async ValueTask<TResult> ReadAsync<TState, TResult>(TState state, Func<Reader, TState, TResult> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var reader = _idle.TryPop(out var idle) ? idle : open();
            try
            {
                return read(reader, state);
            }
            finally
            {
                _idle.Push(reader);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for the reads in progress and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        for (var index = 0; index < maxCount; index++) await _free.WaitAsync().ConfigureAwait(false);
        while (_idle.TryPop(out var reader)) reader.Dispose();
        _free.Release(maxCount);
    }
}
