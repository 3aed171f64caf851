using System.Security.Cryptography;

namespace WasiCloud.Embedding;

/// <summary>The operating system's randomness.</summary>
internal sealed class SystemRandomSource : IRandomSource
{
    private SystemRandomSource()
    {
    }

    public static SystemRandomSource Instance { get; } = new();

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
