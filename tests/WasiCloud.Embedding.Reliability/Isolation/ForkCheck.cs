namespace WasiCloud.Embedding.Reliability.Isolation;

/// <summary>
/// Finds a long fork: numbers that only grow, each in transactions of its own, were seen in states of which neither can come before the other.
/// (Cerone, Bernardi, Gotsman: A Framework for Transactional Consistency Models with Atomic Visibility, 2015.)
/// </summary>
internal static class ForkCheck
{
    /// <exception cref="LedgerViolationException">There is one.</exception>
    public static void Check(IEnumerable<long[]> observations)
    {
        // In a serial order every state is, in all its numbers, at least what any state before it was: so the sums order them too.
        long[]? before = null;
        foreach (var after in observations.OrderBy(numbers => numbers.Sum()))
        {
            if (before is not null && before.Zip(after).Any(pair => pair.First > pair.Second))
                throw new LedgerViolationException($"fork: somebody saw {string.Join(' ', before)}, and somebody {string.Join(' ', after)}.");
            before = after;
        }
    }
}
