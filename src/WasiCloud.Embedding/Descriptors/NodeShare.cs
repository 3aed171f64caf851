namespace WasiCloud.Embedding.Descriptors;

/// <summary>
/// Counts the descriptors of one node that was handed out once: <c>.</c> opened from a descriptor is the same node, and only the last of them gives it back.
/// </summary>
internal sealed class NodeShare
{
    private int _holders = 1;

    public void Add() => _holders++;

    /// <returns>Whether nobody holds the node any more.</returns>
    public bool Remove() => --_holders == 0;
}
