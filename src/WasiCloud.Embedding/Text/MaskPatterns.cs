using System.Buffers.Binary;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace WasiCloud.Embedding.Text;

/// <summary>
/// What secrets look like in a text: their lines, and the whole in base64 (wherever it stands in what was encoded, in both alphabets) and in hexadecimal.
/// Found by their first four bytes; what is escaped is unescaped for the search (<see cref="MaskView"/>). Used by one thread at a time.
/// </summary>
/// <remarks>
/// What is long is cut into pieces, each of which is looked for: so part of a long key is found as well, and how far a text has to be looked at before it can
/// be cut does not depend on the length of secrets.
/// </remarks>
internal sealed class MaskPatterns : IDisposable
{
    /// <summary>How far what is found may reach, in bytes.</summary>
    public const int LongestMatch = 2 * PieceBytes * LongestEscape;

    private const int PieceBytes = 64;

    // Of one byte: \u{000041}.
    private const int LongestEscape = 10;

    private const int FilterBits = 1 << 16;
    private const string White = " \t\r\n\0";

    // Where a text was cut (SafeText), as at its end, only the beginning of a secret may be left.
    private static ReadOnlySpan<byte> Ellipsis => "\u2026"u8;

    private readonly byte[] _bytes;
    private readonly List<Pattern> _patterns = [];
    private readonly Dictionary<uint, int> _firstOf = [];
    private readonly ulong[] _filter = new ulong[FilterBits / 64];
    private int _used;

    public MaskPatterns(IReadOnlyList<byte[]> values)
    {
        // Lines, six kinds of base64, two of hexadecimal.
        _bytes = GC.AllocateArray<byte>(values.Sum(value => (6 * Base64.GetMaxEncodedToUtf8Length(value.Length + 2)) + (5 * value.Length)), pinned: true);
        foreach (var value in values) AddForms(value);
    }

    /// <summary>A copy that the garbage collector does not move, so that it leaves none behind.</summary>
    public static byte[] CopyOf(ReadOnlySpan<byte> value)
    {
        var copy = GC.AllocateUninitializedArray<byte>(value.Length, pinned: true);
        value.CopyTo(copy);
        return copy;
    }

    /// <summary>Finds secrets.</summary>
    /// <returns>Where they are, in order and apart from each other.</returns>
    public List<(int Start, int End)> Find(ReadOnlySpan<byte> text, bool isBeginningLost)
    {
        List<(int Start, int End)> found = [];
        if (_patterns.Count == 0) return found;
        if (isBeginningLost) found.Add((0, Math.Min(text.Length, LongestMatch)));
        Search(text, positions: default, found);
        if (text.Contains((byte)'\\')) SearchView(text, MaskView.OfEscapes, found);
        if (text.Contains((byte)'%')) SearchView(text, MaskView.OfUrl, found);
        if (text.Contains((byte)'+')) SearchView(text, MaskView.OfForm, found);
        Merge(found);
        return found;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private static void Merge(List<(int Start, int End)> found)
    {
        found.Sort();
        var count = 0;
        for (var index = 0; index < found.Count; index++)
        {
            if (count > 0 && found[index].Start <= found[count - 1].End)
                found[count - 1] = (found[count - 1].Start, Math.Max(found[count - 1].End, found[index].End));
            else found[count++] = found[index];
        }

        found.RemoveRange(count, found.Count - count);
    }

    private static uint BitOf(uint beginning) => (beginning * 0x9E37_79B1) >> 16;

    private void SearchView(ReadOnlySpan<byte> text, MaskViewing viewing, List<(int Start, int End)> found)
    {
        var view = new byte[text.Length];
        var positions = new int[text.Length + 1];
        var length = viewing(text, view, positions);
        Search(view.AsSpan(0, length), positions, found);
        CryptographicOperations.ZeroMemory(view);
    }

    private void Search(ReadOnlySpan<byte> view, ReadOnlySpan<int> positions, List<(int Start, int End)> found)
    {
        var cut = -1;
        for (var at = 0; at + sizeof(uint) <= view.Length; at++)
        {
            var beginning = BinaryPrimitives.ReadUInt32LittleEndian(view[at..]);
            var bit = BitOf(beginning);
            if ((_filter[bit / 64] & (1UL << (int)(bit % 64))) == 0 || !_firstOf.TryGetValue(beginning, out var first)) continue;
            if (cut < at) cut = view[at..].IndexOf(Ellipsis) is >= 0 and var next ? at + next : view.Length;
            var length = LongestAt(view[at..], first, cut - at);
            if (length > 0) found.Add(positions.IsEmpty ? (at, at + length) : (positions[at], positions[at + length]));
        }
    }

    // A text that is cut short, or whose writer was killed, may end with the beginning of a pattern.
    private int LongestAt(ReadOnlySpan<byte> view, int first, int cut)
    {
        var longest = 0;
        for (var index = first; index >= 0; index = _patterns[index].Next)
        {
            var pattern = _bytes.AsSpan(_patterns[index].Offset, _patterns[index].Length);
            if (view.StartsWith(pattern)) longest = Math.Max(longest, pattern.Length);
            else if (cut >= sizeof(uint) && pattern.StartsWith(view[..cut])) longest = Math.Max(longest, cut);
        }

        return longest;
    }

    private void AddForms(ReadOnlySpan<byte> value)
    {
        for (var rest = value; !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)'\n');
            AddPieces(Trim(end < 0 ? rest : rest[..end]));
            rest = end < 0 ? default : rest[(end + 1)..];
        }

        var whole = Trim(value);
        if (whole.Length < TextMask.ShortestValue) return;
        var encoded = GC.AllocateUninitializedArray<byte>(Math.Max(Base64.GetMaxEncodedToUtf8Length(whole.Length + 2), 2 * whole.Length), pinned: true);
        for (var before = 0; before < 3; before++) AddBase64(whole, before, encoded);
        AddHexadecimal(whole, encoded);
        CryptographicOperations.ZeroMemory(encoded);
    }

    // Of what is encoded together with the bytes before and behind it, those characters that depend on it alone.
    private void AddBase64(ReadOnlySpan<byte> whole, int before, Span<byte> encoded)
    {
        var source = GC.AllocateArray<byte>(before + whole.Length, pinned: true);
        whole.CopyTo(source.AsSpan(before));
        Base64.EncodeToUtf8(source, encoded, out _, out _);
        CryptographicOperations.ZeroMemory(source);
        var own = encoded[(before == 0 ? 0 : before + 1)..(source.Length * 8 / 6)];
        AddPieces(own);
        if (!own.ContainsAny((byte)'+', (byte)'/')) return;
        own.Replace((byte)'+', (byte)'-');
        own.Replace((byte)'/', (byte)'_');
        AddPieces(own);
    }

    private void AddHexadecimal(ReadOnlySpan<byte> whole, Span<byte> encoded)
    {
        var digits = encoded[..(2 * whole.Length)];
        Convert.TryToHexString(whole, digits, out _);
        AddPieces(digits);
        Convert.TryToHexStringLower(whole, digits, out _);
        AddPieces(digits);
    }

    private void AddPieces(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < TextMask.ShortestValue) return;
        for (; bytes.Length >= 2 * PieceBytes; bytes = bytes[PieceBytes..]) Add(bytes[..PieceBytes]);
        Add(bytes);
    }

    private void Add(ReadOnlySpan<byte> pattern)
    {
        var beginning = BinaryPrimitives.ReadUInt32LittleEndian(pattern);
        var next = _firstOf.GetValueOrDefault(beginning, -1);
        for (var index = next; index >= 0; index = _patterns[index].Next)
        {
            if (pattern.SequenceEqual(_bytes.AsSpan(_patterns[index].Offset, _patterns[index].Length))) return;
        }

        pattern.CopyTo(_bytes.AsSpan(_used));
        _firstOf[beginning] = _patterns.Count;
        _patterns.Add(new Pattern(_used, pattern.Length, next));
        _used += pattern.Length;
        var bit = BitOf(beginning);
        _filter[bit / 64] |= 1UL << (int)(bit % 64);
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && White.Contains((char)bytes[0], StringComparison.Ordinal)) bytes = bytes[1..];
        while (!bytes.IsEmpty && White.Contains((char)bytes[^1], StringComparison.Ordinal)) bytes = bytes[..^1];
        return bytes;
    }

    /// <param name="Offset">Where it begins.</param>
    /// <param name="Length">How long it is.</param>
    /// <param name="Next">The next that begins with the same four bytes, or -1.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Pattern(int Offset, int Length, int Next);
}
