using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>A listing; its cookies are the names' sequence numbers.</summary>
internal sealed class MemoryDirectoryCursor(MemoryDirectory directory) : DirectoryCursor
{
    private int _hint;

    public override Errno Read(ulong cookie, out DirectoryEntry entry, out ulong next) => directory.ReadEntry(cookie, ref _hint, out entry, out next);
}
