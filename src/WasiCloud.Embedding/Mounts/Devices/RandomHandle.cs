using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary><c>/dev/random</c> and <c>/dev/urandom</c>, which are the same since Linux 5.6 and never wait here.</summary>
internal sealed class RandomHandle(FileAccess access, IRandomSource random) : DeviceHandle(access)
{
    // As with Linux' own limit for one read of urandom, 32 MiB (random(4)), a long read is short. 1 MiB takes 5 to 10 ms.
    protected override int MaxReadBytes => TransferSize.PieceBytes;

    // An application's source is foreign code, which does not run on a guest's stack.
    protected override bool FillsAtOnce => random is SystemRandomSource;

    protected override void Fill(Span<byte> destination) => random.Fill(destination);
}
