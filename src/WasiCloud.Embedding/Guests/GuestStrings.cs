using System.Text;

namespace WasiCloud.Embedding.Guests;

/// <summary>Arguments or environment as the ABI hands them out: NUL-terminated UTF-8, one behind the other.</summary>
internal sealed class GuestStrings
{
    private readonly byte[] _bytes;
    private readonly uint[] _offsets;

    /// <summary>Encodes the strings.</summary>
    /// <exception cref="ArgumentException">One contains a NUL.</exception>
    public GuestStrings(IReadOnlyCollection<string> strings)
    {
        _offsets = new uint[strings.Count];
        _bytes = new byte[strings.Sum(text => Encoding.UTF8.GetByteCount(text) + 1)];
        var (index, position) = (0, 0);
        foreach (var text in strings)
        {
            if (text.Contains('\0', StringComparison.Ordinal))
                throw new ArgumentException(
                    $"'{text.Replace("\0", "\\0", StringComparison.Ordinal)}' contains a NUL, which a guest cannot be given.", nameof(strings));
            _offsets[index++] = (uint)position;
            position += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(position)) + 1;
        }
    }

    public static GuestStrings Empty { get; } = new([]);

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Where in <see cref="Bytes"/> each string starts.</summary>
    public ReadOnlySpan<uint> Offsets => _offsets;
}
