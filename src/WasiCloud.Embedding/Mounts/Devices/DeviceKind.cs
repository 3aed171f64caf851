namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary>
/// The devices that are served here. The numbers are Linux' minor ones (Documentation/admin-guide/devices.txt, character devices of major number 1).
/// </summary>
internal enum DeviceKind : uint
{
    Null = 3,
    Zero = 5,
    Full = 7,
    Random = 8,
    Urandom = 9,
}

/// <summary>Recognizes and opens them.</summary>
internal static class DeviceKinds
{
    private const uint MemoryDevices = 1;

    /// <summary>Which of them a character device of Linux is, by its number and whatever its name; <see langword="null"/> if none.</summary>
    /// <param name="major">The major number.</param>
    /// <param name="minor">The minor number.</param>
    public static DeviceKind? Of(uint major, uint minor) => major == MemoryDevices && Enum.IsDefined((DeviceKind)minor) ? (DeviceKind)minor : null;

    /// <summary>Opens one: what is read and written is this library's, never a device of the host.</summary>
    public static DeviceHandle Open(this DeviceKind kind, FileAccess access, IRandomSource random) => kind switch
    {
        DeviceKind.Null => new NullHandle(access),
        DeviceKind.Zero => new ZeroHandle(access),
        DeviceKind.Full => new FullHandle(access),
        _ => new RandomHandle(access, random),
    };
}
