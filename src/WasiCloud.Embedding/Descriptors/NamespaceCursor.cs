using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Lists mount points, then what they are laid over. The mount points' cookies are 1, 2, ...; the others' are moved up behind them.</summary>
internal sealed class NamespaceCursor(IReadOnlyDictionary<string, Mount> mountPoints, DirectoryCursor? underlying) : DirectoryCursor
{
    // In the order of the table, which never changes.
    private readonly string[] _names = [.. mountPoints.Keys];

    public override Errno Read(ulong cookie, out DirectoryEntry entry, out ulong next)
    {
        var count = (ulong)_names.Length;
        if (cookie < count)
        {
            (entry, next) = (new DirectoryEntry(_names[cookie], FileType.Directory), cookie + 1);
            return Errno.Success;
        }

        (entry, next) = (default, cookie);
        if (underlying is null) return Errno.NoEnt;
        var position = cookie - count;
        while (true)
        {
            var error = underlying.Read(position, out entry, out position);
            if (error != Errno.Success) return error;
            next = checked(position + count);
            if (!mountPoints.ContainsKey(entry.Name)) return error;
        }
    }

    public override bool TryApproach(ulong cookie, int most) =>
        cookie < (ulong)_names.Length || (underlying?.TryApproach(cookie - (ulong)_names.Length, most) ?? true);

    public override void Dispose()
    {
        underlying?.Dispose();
        base.Dispose();
    }
}
