using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>A mount threw while a descriptor was closed with all others.</summary>
#pragma warning disable CA1032 // Thrown in one place, with a path.
internal sealed class DescriptorCloseException(string path, Exception innerException)
    : IOException($"Closing '{SafeText.Of(path, MaxPathLength)}' failed.", innerException)
#pragma warning restore CA1032
{
    private const int MaxPathLength = 1 << 10;

    /// <summary>The path by which it was opened.</summary>
    public string Path { get; } = path;
}
