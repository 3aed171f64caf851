using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.KeyValue.Memory;

/// <summary>
/// The <see cref="KeyValueOperationKind.CheckPrefix"/> operations of one batch, answered together by one look at the changes since the earliest of their
/// revisions. It ends after a number of steps, and then
/// the first of them counts as failed. Not thread-safe.
/// </summary>
internal sealed class PrefixChecks
{
    // A change costs one step, and for each distinct length of a prefix a quarter more.
    private const int UnitsPerStep = 4;

    private readonly List<Check> _checks;
    private readonly Dictionary<string, Check> _byPrefix;
    private readonly Dictionary<string, Check>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int[] _lengths;
    private long _units;

    private PrefixChecks(List<Check> checks, int maxSteps)
    {
        _checks = checks;
        _byPrefix = new Dictionary<string, Check>(checks.Count, StringComparer.Ordinal);
        foreach (var check in checks)
        {
            // Of several for one prefix, the first is told and the earliest revision counts.
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_byPrefix, check.Prefix, out var exists);
            known = exists ? known with { Since = Math.Min(known.Since, check.Since) } : check;
        }

        _lookup = _byPrefix.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengths = [.. checks.Select(check => check.Prefix.Length).Distinct().Order()];
        _units = (long)maxSteps * UnitsPerStep;
        Since = checks.Min(check => check.Since);
    }

    /// <summary>After which revision to look.</summary>
    public long Since { get; }

    /// <summary>The first operation of which is known that it fails.</summary>
    public int? Failed { get; private set; }

    private int First => _checks[0].Operation;

    /// <summary>Finds what has to be looked at.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="count">How many of its operations are looked at, from the first.</param>
    /// <param name="revision">The scope's revision.</param>
    /// <param name="maxSteps">How many steps the look may take.</param>
    /// <returns><see langword="null"/> if nothing can have changed.</returns>
    public static PrefixChecks? Of(KeyValueBatch batch, int count, long revision, int maxSteps)
    {
        List<Check>? checks = null;
        for (var index = 0; index < count; index++)
        {
            var operation = batch.Operations[index];
            if (operation.Kind != KeyValueOperationKind.CheckPrefix || operation.Condition.Revision is { } since && since >= revision) continue;
            if (revision > 0) (checks ??= []).Add(new Check(operation.Key, operation.Condition.Revision ?? 0, index));
        }

        return checks is null ? null : new PrefixChecks(checks, maxSteps);
    }

    /// <summary>The first operation that would have to look at something before a revision.</summary>
    public int FirstBefore(long revision) => _checks.Find(check => check.Since < revision).Operation;

    /// <summary>Looks at one change.</summary>
    /// <returns>Whether to look at another one.</returns>
    public bool Look(ReadOnlySpan<char> key, long revision)
    {
        _units -= UnitsPerStep + _lengths.Length;
        if (_units < 0)
        {
            Failed = First;
            return false;
        }

        foreach (var length in _lengths)
        {
            if (length > key.Length) break;
            if (_lookup.TryGetValue(key[..length], out var check) && revision > check.Since && !(Failed <= check.Operation)) Failed = check.Operation;
        }

        return Failed != First;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Check(string Prefix, long Since, int Operation);
}
