using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary><c>/dev/full</c>: as <c>/dev/zero</c>, but there is never space to write.</summary>
internal sealed class FullHandle(FileAccess access) : ZeroHandle(access)
{
    protected override Errno WriteError => Errno.NoSpc;
}
