using Microsoft.Win32.SafeHandles;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>A descriptor of the host's process, closed by the finalizer if nobody else does.</summary>
internal sealed class HostDescriptor : SafeHandleMinusOneIsInvalid
{
    // How many slow calls have it, by Hold and LetGo. So small that it takes no room: two bytes are left behind the base class's fields,
    // and each open file has two of these.
    private ushort _holders;

    public HostDescriptor(int value, bool isOwned)
        : base(isOwned) => SetHandle(value);

    /// <summary>Keeps it open, so that its number stays its own whoever closes it, until <see cref="LetGo"/>.</summary>
    public void Hold()
    {
        var isHeld = false;
        DangerousAddRef(ref isHeld);
        AddHolders(1);
    }

    /// <summary>The kernel is not at it any more.</summary>
    public void LetGo()
    {
        AddHolders(-1);
        DangerousRelease();
    }

    /// <summary>Closes it and tells what the kernel says, which on network file systems is where a failed write shows.</summary>
    /// <remarks>Nobody may be using it but a slow call: then it is closed when that is over, and nobody is told.</remarks>
    public Errno CloseChecked()
    {
        if (IsInvalid || IsClosed) return Errno.Success;
        if (Volatile.Read(ref _holders) > 0)
        {
            Dispose();
            return Errno.Success;
        }

        var value = (int)handle;
        SetHandleAsInvalid();
        return LinuxErrno.FromResult(Libc.Close(value));
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;

    private void AddHolders(int count)
    {
        ushort before;
        do before = Volatile.Read(ref _holders);
        while (Interlocked.CompareExchange(ref _holders, (ushort)(before + count), before) != before);
    }
}
