using System.Security.Cryptography;

namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary><c>/dev/random</c> and <c>/dev/urandom</c>, which are the same since Linux 5.6 and never wait here.</summary>
internal sealed class RandomHandle(FileAccess access) : DeviceHandle(access)
{
    // Linux' own limit for one read of urandom (random(4)); bounds how long a guest stays inside one call.
    protected override int MaxReadBytes => (32 * 1024 * 1024) - 1;

    protected override void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
