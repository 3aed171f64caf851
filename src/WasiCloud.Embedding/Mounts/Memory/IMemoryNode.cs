namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>A node of a memory tree, of whatever kind.</summary>
internal interface IMemoryNode
{
    MemoryInode Inode { get; }

    /// <summary>Gives back what the node takes of the quota. Called once, when neither a name nor anybody else refers to it.</summary>
    void Free();
}
