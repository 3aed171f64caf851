using Microsoft.Win32.SafeHandles;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>A descriptor of the host's process, closed by the finalizer if nobody else does.</summary>
internal sealed class HostDescriptor : SafeHandleMinusOneIsInvalid
{
    public HostDescriptor(int value, bool isOwned)
        : base(isOwned) => SetHandle(value);

    /// <summary>Closes it and tells what the kernel says, which on network file systems is where a failed write shows. Nobody may be using it.</summary>
    public Errno CloseChecked()
    {
        if (IsInvalid || IsClosed) return Errno.Success;
        var value = (int)handle;
        SetHandleAsInvalid();
        return LinuxErrno.FromResult(Libc.Close(value));
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
