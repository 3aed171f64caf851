using Microsoft.Win32.SafeHandles;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>A descriptor of the host's process, closed by the finalizer if nobody else does.</summary>
internal sealed class HostDescriptor : SafeHandleMinusOneIsInvalid
{
    public HostDescriptor(int value, bool isOwned)
        : base(isOwned) => SetHandle(value);

    /// <summary>Closes it and tells what the kernel says, which on network file systems is where a failed write shows. Nobody but a flush may be using it.</summary>
    /// <param name="isInUse">Whether one is: then it is closed when that is done, and nobody is told.</param>
    public Errno CloseChecked(bool isInUse = false)
    {
        if (IsInvalid || IsClosed) return Errno.Success;
        if (isInUse)
        {
            Dispose();
            return Errno.Success;
        }

        var value = (int)handle;
        SetHandleAsInvalid();
        return LinuxErrno.FromResult(Libc.Close(value));
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
