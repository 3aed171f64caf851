using System.Runtime.InteropServices;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>The arguments of <c>path_open</c> that say how to open.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct OpenRequest(bool FollowSymlinks, OpenFlags Open, Rights Rights, DescriptorFlags Flags)
{
    public bool Creates => (Open & OpenFlags.Create) != 0;

    public bool IsExclusive => (Open & (OpenFlags.Create | OpenFlags.Exclusive)) == (OpenFlags.Create | OpenFlags.Exclusive);

    public bool Truncates => (Open & OpenFlags.Truncate) != 0;

    public bool Writes => (Rights & Rights.FdWrite) != 0;

    /// <summary>A guest that asks for neither reading nor writing gets a descriptor for reading, as with wasmtime.</summary>
    public bool Reads => (Rights & Rights.FdRead) != 0 || !Writes;

    /// <summary>What a policy has to allow of a file that is opened so.</summary>
    public GuestAccess Access => (Reads ? GuestAccess.Read : GuestAccess.None) | (Writes || Truncates ? GuestAccess.Write : GuestAccess.None);

    /// <summary><c>O_EXCL</c> never follows a link (POSIX <c>open</c>).</summary>
    public FinalComponent Final => FollowSymlinks && !IsExclusive ? FinalComponent.Follow : FinalComponent.Node;

    public FileOpenOptions ToFileOpenOptions()
    {
        // O_TRUNC needs write access to the file even if the descriptor will not write.
        var access = (Reads ? FileAccess.Read : 0) | (Writes || Truncates ? FileAccess.Write : 0);
        return new FileOpenOptions(access, Truncates, (Flags & DescriptorFlags.Append) != 0, (Flags & DescriptorFlags.NonBlocking) != 0);
    }
}
