using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary>The list of devices.</summary>
internal sealed class DeviceDirectory : VirtualDirectory
{
    private static readonly FrozenDictionary<string, DeviceFile> s_devices = new DeviceFile[]
    {
        new("full", inode: 2, DeviceKind.Full),
        new("null", inode: 3, DeviceKind.Null),
        new("random", inode: 4, DeviceKind.Random),
        new("urandom", inode: 5, DeviceKind.Urandom),
        new("zero", inode: 6, DeviceKind.Zero),
    }.ToFrozenDictionary(static device => device.Name, StringComparer.Ordinal);

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        new(new NodeAttributes(Inode: 1, LinkCount: 2));

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
        s_devices.TryGetValue(name, out var device) ? new(device) : new(Errno.NoEnt);

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var device in s_devices.Values) yield return new DirectoryEntry(device.Name, device.Type, device.Inode);
    }
}
