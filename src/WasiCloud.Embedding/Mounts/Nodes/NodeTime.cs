using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Nodes;

/// <summary>The time that <c>stat</c> shows for all files of one exchange: when the guest first used them.</summary>
internal static class NodeTime
{
    public static ulong Now(TimeProvider clock) => UnixTime.ToNanoseconds(clock.GetUtcNow());

    public static FsResult<NodeAttributes> Attributes(ulong modified, long? size = null) =>
        new NodeAttributes((ulong)(size ?? 0), Accessed: modified, Modified: modified, Changed: modified);
}
