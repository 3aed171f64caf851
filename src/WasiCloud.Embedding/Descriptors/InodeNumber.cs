namespace WasiCloud.Embedding.Descriptors;

/// <summary>Inode numbers for nodes that have none: a hash of the path, so that <c>readdir</c> and <c>stat</c> agree and two files differ.</summary>
internal static class InodeNumber
{
    // FNV-1a, 64 bit: http://www.isthe.com/chongo/tech/comp/fnv/
    public const ulong Root = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Derive(ulong parent, ReadOnlySpan<char> name)
    {
        var hash = (parent ^ '/') * Prime;
        foreach (var character in name) hash = (hash ^ character) * Prime;
        return hash == 0 ? Root : hash;
    }
}
