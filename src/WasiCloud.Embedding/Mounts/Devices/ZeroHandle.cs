namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary><c>/dev/zero</c>: zeros without end.</summary>
internal class ZeroHandle(FileAccess access) : DeviceHandle(access)
{
    protected sealed override void Fill(Span<byte> destination) => destination.Clear();
}
