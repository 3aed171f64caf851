using System.Globalization;
using System.Text;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.PostgreSql.Tests;

/// <summary>
/// A number that is counted up by compare-and-swap: a lost acknowledged commit makes it too small, one applied twice is a conflict with oneself or makes it too
/// large.
/// </summary>
internal sealed class Counter(IKeyValueBackend backend, string key)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>How many increments were acknowledged.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Commits that failed with an exception, of which it is not known whether they were applied.</summary>
    public int Unknown { get; private set; }

    /// <summary>Counts until told to stop. Nobody else writes the key, so a conflict means that an own commit was applied without being acknowledged.</summary>
    public async Task RunAsync(Func<bool> isEnough)
    {
        var (value, revision) = (0, 0L);
        while (!isEnough())
        {
            try
            {
                var next = Encoding.UTF8.GetBytes((value + 1).ToString(CultureInfo.InvariantCulture));
                var result = await backend.CommitAsync(new(KeyValueOperation.Put(key, next, KeyValueCondition.AtRevision(revision))), CancellationToken.None);
                if (!result.Succeeded)
                    throw new InvalidOperationException($"'{key}' at {revision} was changed by somebody else, after {Acknowledged} increments.");
                (value, revision) = (value + 1, result.Revision);
                Acknowledged++;
            }
            catch (PostgreSqlKeyValueException)
            {
                Unknown++;
                (value, revision) = await ReadAsync();
            }
        }
    }

    public async Task<(int Value, long Revision)> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                var entry = await backend.GetAsync(key, 100, patience.Token);
                return entry is null ? (0, 0) : (int.Parse(entry.Value!.Value.Span, CultureInfo.InvariantCulture), entry.Revision);
            }
            catch (PostgreSqlKeyValueException)
            {
                // The server is not back yet.
            }
        }
    }
}
