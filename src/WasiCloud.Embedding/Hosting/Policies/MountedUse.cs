using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;

namespace WasiCloud.Embedding.Hosting.Policies;

/// <summary>Tells an observer what a guest uses, but for what is the invocation's own.</summary>
internal sealed class MountedUse(GuestPolicyObserver observer, MountTable mounts) : IUseRecorder
{
    // Names of its mounts are those of scopes, services and topics: one is not worth as much as another.
    private const string Services = "beta";

    /// <inheritdoc/>
    public void Record(string[] names, GuestAccess access, bool isTenant)
    {
        // What leads to mounts exists if they do, and is nobody's.
        if (mounts.Covering(names) is not { } mount) return;
        if (mount.BelongsToInvocation && IsOwnPlace("/" + string.Join('/', names))) return;
        var depth = PolicyPath.Split(mount.Path).Length;
        observer.Record(names, access, isTenant, names is [Services, ..] ? depth + 1 : depth);
    }

    private static bool IsOwnPlace(string path) => PolicyPath.Own.Any(own => path == own || path.StartsWith(own + "/", StringComparison.Ordinal));
}
