using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary>The list of devices.</summary>
internal sealed class DeviceDirectory(IRandomSource random) : VirtualDirectory
{
    private readonly FrozenDictionary<string, DeviceFile> _devices = new DeviceFile[]
    {
        new("full", inode: 2, DeviceKind.Full, random),
        new("null", inode: 3, DeviceKind.Null, random),
        new("random", inode: 4, DeviceKind.Random, random),
        new("urandom", inode: 5, DeviceKind.Urandom, random),
        new("zero", inode: 6, DeviceKind.Zero, random),
    }.ToFrozenDictionary(static device => device.Name, StringComparer.Ordinal);

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        new(new NodeAttributes(Inode: 1, LinkCount: 2));

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
        _devices.TryGetValue(name, out var device) ? new(device) : new(Errno.NoEnt);

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var device in _devices.Values) yield return new DirectoryEntry(device.Name, device.Type, device.Inode);
    }
}
