using System.Globalization;

namespace WasiCloud.Embedding.Soak;

/// <summary>What has happened so far. Counted by all callers at once.</summary>
internal sealed class SoakTotals
{
    private readonly long[] _endings = new long[Enum.GetValues<Ending>().Length];
    private long _invocations;
    private long _resumes;
    private long _collections;
    private long _mismatches;

    /// <summary>How an invocation ended.</summary>
    public enum Ending
    {
        /// <summary>As it should, with the right answer.</summary>
        Answer,

        /// <summary>By a trap.</summary>
        Trap,

        /// <summary>By its time limit.</summary>
        Timeout,

        /// <summary>By its caller.</summary>
        Cancellation,

        /// <summary>By an exception of the host's.</summary>
        Exception,
    }

    public long Invocations => Interlocked.Read(ref _invocations);

    public long Resumes => Interlocked.Read(ref _resumes);

    public long Mismatches => Interlocked.Read(ref _mismatches);

    /// <summary>Notes an invocation that ended as it should.</summary>
    /// <returns>How many there were.</returns>
    public long Add(Ending ending, int resumes)
    {
        Interlocked.Increment(ref _endings[(int)ending]);
        Interlocked.Add(ref _resumes, resumes);
        return Interlocked.Increment(ref _invocations);
    }

    public void AddCollection() => Interlocked.Increment(ref _collections);

    /// <summary>Notes what should not have happened, and says so at once.</summary>
    public void AddMismatch(string what)
    {
        Interlocked.Increment(ref _mismatches);
        Console.Error.WriteLine($"MISMATCH {what}");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Invocations:N0} invocations, {Resumes:N0} resumes, " +
            $"{string.Join(", ", Enum.GetValues<Ending>().Select(ending => FormattableString.Invariant($"{_endings[(int)ending]:N0} {ending}")))}, " +
            $"{_collections:N0} forced collections, {_mismatches:N0} mismatches");
}
