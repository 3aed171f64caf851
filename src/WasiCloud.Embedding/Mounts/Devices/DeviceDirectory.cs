using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary>The list of devices.</summary>
internal sealed class DeviceDirectory : VirtualDirectory
{
    private static readonly FrozenDictionary<string, DeviceFile> s_devices = new DeviceFile[]
    {
        new("full", inode: 2, static access => new FullHandle(access)),
        new("null", inode: 3, static access => new NullHandle(access)),
        new("random", inode: 4, static access => new RandomHandle(access)),
        new("urandom", inode: 5, static access => new RandomHandle(access)),
        new("zero", inode: 6, static access => new ZeroHandle(access)),
    }.ToFrozenDictionary(static device => device.Name, StringComparer.Ordinal);

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(new NodeAttributes(Inode: 1, LinkCount: 2));

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
        s_devices.TryGetValue(name, out var device) ? new(device) : new(Errno.NoEnt);

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var device in s_devices.Values) yield return new DirectoryEntry(device.Name, device.Type, device.Inode);
    }
}
