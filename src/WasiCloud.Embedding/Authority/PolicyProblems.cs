namespace WasiCloud.Embedding.Authority;

/// <summary>Everything that is wrong with a policy that is read, each with its place.</summary>
internal sealed class PolicyProblems
{
    // A file that is something else altogether has something wrong in each line.
    private const int Most = 100;

    private readonly List<GuestPolicyFormatException> _all = [];

    /// <summary>Reads one thing, and goes on if it is wrong.</summary>
    public void Try(Action read)
    {
        try
        {
            read();
        }
        catch (GuestPolicyFormatException problem) when (_all.Count < Most)
        {
            _all.Add(problem);
        }
    }

    /// <summary>Ends reading.</summary>
    /// <exception cref="GuestPolicyFormatException">Something was wrong: the first, which knows of the others.</exception>
    public void ThrowIfAny()
    {
        if (_all.Count == 0) return;
        _all[0].Problems = [.. _all.Select(problem => problem.Message)];
        throw _all[0];
    }
}
