using System.Text;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Names that become directories or files.</summary>
internal static class ServiceName
{
    private const int MaxBytes = 255;

    /// <summary>Checks that a guest can open it.</summary>
    /// <exception cref="ArgumentException">It is not one path component, or starts with a dot.</exception>
    public static void Check(string name, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.StartsWith('.') || name.AsSpan().ContainsAny('/', '\0') || Encoding.UTF8.GetByteCount(name) > MaxBytes)
            throw new ArgumentException($"'{name}' cannot be the name of a {what}: it must be one path component of at most {MaxBytes} bytes and not start " +
                $"with a dot.", nameof(name));
    }
}
