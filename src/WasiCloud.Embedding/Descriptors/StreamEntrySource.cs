using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>
/// Entries from a mount that only streams them. A position is a count; the guest's window is kept, so re-reading it (as every libc does) is stable.
/// </summary>
internal sealed class StreamEntrySource(VirtualDirectory directory) : IEntrySource
{
    private readonly List<DirectoryEntry> _window = [];
    private IAsyncEnumerator<DirectoryEntry>? _entries;

    // The position of the first entry of the window.
    private ulong _windowStart;

    public bool IsSynchronous => false;

    // ReadAsync looks itself, since it may wait.
    public bool TryApproach(ulong position, int most) => true;

    public async ValueTask<(Errno Error, DirectoryEntry Entry, ulong Next)> ReadAsync(ulong position, CancellationToken cancellationToken)
    {
        if (_entries is null || position < _windowStart) await RestartAsync(cancellationToken).ConfigureAwait(false);
        for (var entries = 1; position - _windowStart >= (ulong)_window.Count; entries++)
        {
            // A listing without an end, or one that the guest looks for a far position in.
            cancellationToken.ThrowIfCancellationRequested();
            if (entries % Pieces.EntriesInARow == 0) await Pieces.PauseAsync(cancellationToken).ConfigureAwait(false);
            if (!await MoveNextAsync().ConfigureAwait(false)) return (Errno.NoEnt, default, 0);
            _window.Add(Checked(_entries!.Current));
            if (position - _windowStart >= (ulong)_window.Count) Trim(_windowStart + (ulong)_window.Count);
        }

        return (Errno.Success, _window[(int)(position - _windowStart)], position + 1);
    }

    public void Trim(ulong position)
    {
        if (position <= _windowStart) return;
        var count = (int)Math.Min(position - _windowStart, (ulong)_window.Count);
        _window.RemoveRange(0, count);
        _windowStart += (ulong)count;
    }

    public async ValueTask DisposeAsync()
    {
        var entries = _entries;
        _entries = null;
        if (entries is not null) await entries.DisposeAsync().ConfigureAwait(false);
    }

    // A name that is no name would lead a guest that walks the tree elsewhere, or in circles.
    private DirectoryEntry Checked(DirectoryEntry entry) => GuestPath.IsName(entry.Name)
        ? entry with { Type = entry.Type.OrUnknown() }
        : throw new InvalidOperationException($"{directory.GetType()} lists what cannot be an entry.");

    private async ValueTask<bool> MoveNextAsync()
    {
        try
        {
            return await _entries!.MoveNextAsync().ConfigureAwait(false);
        }
        catch
        {
            // An enumerator that threw says "end" when asked again, which would show the guest a directory cut short.
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask RestartAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync().ConfigureAwait(false);
        _window.Clear();
        _windowStart = 0;
        _entries = directory.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }
}
