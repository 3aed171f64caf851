namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary><c>/dev/null</c>: empty.</summary>
internal sealed class NullHandle(FileAccess access) : DeviceHandle(access)
{
    public override long? AvailableBytes => 0;

    protected override int MaxReadBytes => 0;

    protected override void Fill(Span<byte> destination)
    {
    }
}
