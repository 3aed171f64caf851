using System.Globalization;
using System.Text;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>A lock that is held until it is closed, whatever for. Its content is the fencing token.</summary>
internal sealed class LockHandle(GuestLocks locks, string name, IKeyValueLock held) : FileHandle
{
    private readonly byte[] _token = Encoding.ASCII.GetBytes(held.FencingToken.ToString(CultureInfo.InvariantCulture));

    internal override bool MayBorrowGuestMemory => true;

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (held.Lost.IsCancellationRequested) return (FsResult<int>)Errno.Stale;
        var rest = offset < _token.Length ? _token.AsMemory((int)offset) : default;
        var count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return (FsResult<int>)count;
    }

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes((ulong)_token.Length);

    public override async ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        await locks.ReleaseAsync(name, held).ConfigureAwait(false);
        return Errno.Success;
    }
}
