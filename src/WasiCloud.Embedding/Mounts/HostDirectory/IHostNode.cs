namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>A node of a host directory, of whatever kind.</summary>
internal interface IHostNode
{
    HostInode Inode { get; }
}
