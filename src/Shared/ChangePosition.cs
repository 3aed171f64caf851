using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.KeyValue;

/// <summary>A place in a table of changes: behind one change.</summary>
/// <param name="Revision">The revision of the change.</param>
/// <param name="Ordinal">Its number in the revision; the largest there is behind all of them.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ChangePosition(long Revision, long Ordinal)
{
    /// <summary>The place behind all changes of a revision.</summary>
    public static ChangePosition After(long revision) => new(revision, long.MaxValue);

    /// <summary>Whether changes that follow may have been deleted.</summary>
    /// <param name="lost">The last revision of which something was deleted; nobody knows how much of it.</param>
    public bool IsLost(long lost) => Revision < lost || (Revision == lost && Ordinal != long.MaxValue);
}
