using System.Runtime.InteropServices;
using System.Text;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>What the writer does to revisions and changes.</summary>
internal sealed class HistoryStatements(Connection connection, long scope) : IDisposable
{
    private readonly Statement _loadState = connection.Prepare("SELECT revision, lost, changes, tokens FROM scope WHERE id=?1");
    private readonly Statement _saveState = connection.Prepare("UPDATE scope SET revision=?2, lost=?3, changes=?4, tokens=?5 WHERE id=?1");
    private readonly Statement _addChange = connection.Prepare("INSERT INTO change(scope, revision, ordinal, kind, key) VALUES(?1, ?2, ?3, ?4, ?5)");
    private readonly Statement _changesSince = connection.Prepare("SELECT revision, key FROM change WHERE scope=?1 AND revision>?2 ORDER BY revision, ordinal");
    private readonly Statement _oldest = connection.Prepare("SELECT revision, ordinal FROM change WHERE scope=?1 ORDER BY revision, ordinal LIMIT 1 OFFSET ?2");
    private readonly Statement _forgetChanges = connection.Prepare("DELETE FROM change WHERE scope=?1 AND (revision, ordinal)<=(?2, ?3)");

    public ScopeState LoadState()
    {
        _loadState.Bind(1, scope).Step();
        var state = new ScopeState(_loadState.Number(0), _loadState.Number(1), _loadState.Number(2), _loadState.Number(3));
        _loadState.Reset();
        return state;
    }

    public void SaveState(ScopeState state) =>
        _saveState.Bind(1, scope).Bind(2, state.Revision).Bind(3, state.Lost).Bind(4, state.Changes).Bind(5, state.Tokens).Run();

    public void AddChange(long revision, long ordinal, KeyValueChangeKind kind, ReadOnlySpan<byte> key) =>
        _addChange.Bind(1, scope).Bind(2, revision).Bind(3, ordinal).Bind(4, (long)kind).Bind(5, key).Run();

    /// <summary>Shows the changes since a revision to what looks for some, as long as it wants to see more.</summary>
    public void Look(PrefixChecks checks)
    {
        Span<char> buffer = stackalloc char[KeyValueKey.MaxBytes];
        _changesSince.Bind(1, scope).Bind(2, checks.Since);
        while (_changesSince.Step())
        {
            var length = Encoding.UTF8.GetChars(_changesSince.Blob(1), buffer);
            if (!checks.Look(buffer[..length], _changesSince.Number(0))) break;
        }

        _changesSince.Reset();
    }

    /// <summary>Deletes the oldest changes.</summary>
    /// <returns>The revision of the last one, of which there may be more; <see langword="null"/> if there are not so many.</returns>
    public long? ForgetOldest(long count)
    {
        var isFound = _oldest.Bind(1, scope).Bind(2, count - 1).Step();
        var (revision, ordinal) = isFound ? (_oldest.Number(0), _oldest.Number(1)) : default;
        _oldest.Reset();
        if (!isFound) return null;
        _forgetChanges.Bind(1, scope).Bind(2, revision).Bind(3, ordinal).Run();
        return revision;
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _loadState, _saveState, _addChange, _changesSince, _oldest, _forgetChanges }) statement.Dispose();
    }
}

/// <summary>Where a scope is.</summary>
/// <param name="Revision">Its revision.</param>
/// <param name="Lost">The highest revision of which a change was forgotten.</param>
/// <param name="Changes">How many changes are kept.</param>
/// <param name="Tokens">How many tokens are.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ScopeState(long Revision, long Lost, long Changes, long Tokens);
