using WasiCloud.Embedding.Authority;

namespace WasiCloud.Tool.Policies;

/// <summary>Writes what was learned of a program.</summary>
internal static class LearnedPolicy
{
    /// <summary>Writes the policy, and says what it is worth.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string file, GuestPolicyObserver observer)
    {
        var worth = FormattableString.Invariant($"learned from {observer.Invocations} invocation{(observer.Invocations == 1 ? string.Empty : "s")}, ")
            + "and covers only what ran";
        if (observer.LeftOut > 0)
            worth += FormattableString.Invariant($"; there was no room for {observer.LeftOut} uses, which are recorded as of their directories");
        var policy = observer.Learn();
        var isJson = file.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        File.WriteAllText(file, isJson ? policy.ToJson() : $"# This policy was {worth}.\n{policy}");
        FailureReport.Warn($"The policy in '{file}' was {worth}.");
    }
}
