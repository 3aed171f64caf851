namespace WasiCloud.Embedding.Descriptors;

/// <summary>A mount threw while a descriptor was closed with all others.</summary>
#pragma warning disable CA1032 // Thrown in one place, with a path.
internal sealed class DescriptorCloseException(string path, Exception innerException) : IOException($"Closing '{path}' failed.", innerException)
#pragma warning restore CA1032
{
    /// <summary>The path by which it was opened.</summary>
    public string Path { get; } = path;
}
