using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Policies;

/// <summary>
/// Tells the audit when a module is loaded with another policy than the last one of its name had: from then on, guests of that name may do something else.
/// Thread-safe.
/// </summary>
/// <param name="audit">The audit, if there is one.</param>
/// <param name="timeProvider">The clock of the entries.</param>
internal sealed class PolicyHistory(AuditTrail? audit, TimeProvider timeProvider)
{
    // An application that makes up a name for each module it loads has no use for this, and is to cost nothing.
    private const int MostNames = 10_000;
    private const int MaxDetailLength = 1 << 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, GuestPolicy?> _last = new(StringComparer.Ordinal);

    /// <summary>A module was loaded.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="policy">What the host and its own options allow; <see langword="null"/> for everything.</param>
    public void Loaded(string name, GuestPolicy? policy)
    {
        if (audit is null) return;
        GuestPolicy? last;
        lock (_lock)
        {
            if (!_last.TryGetValue(name, out last))
            {
                if (_last.Count < MostNames) _last.Add(name, policy);
                return;
            }

            if (Equals(last, policy)) return;
            _last[name] = policy;
        }

        audit.Record(new GuestAuditEntry(
            GuestAuditKind.PolicyChanged, name, Tenant: null, Invocation: string.Empty, Path: string.Empty, timeProvider.GetUtcNow(),
            SafeText.Of(Describe(last, policy), MaxDetailLength)));
    }

    private static string Describe(GuestPolicy? last, GuestPolicy? policy)
    {
        if (last is null) return "had no policy";
        if (policy is null) return "has no policy any more";
        var (before, after) = (Lines(last), Lines(policy));
        return string.Join("; ", after.Except(before, StringComparer.Ordinal).Select(line => "+ " + line)
            .Concat(before.Except(after, StringComparer.Ordinal).Select(line => "- " + line)));
    }

    private static string[] Lines(GuestPolicy policy) => policy.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
