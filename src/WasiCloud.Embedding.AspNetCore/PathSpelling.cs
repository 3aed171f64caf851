using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>A path in two spellings.</summary>
/// <param name="Decoded">As Kestrel has it: decoded but for escaped slashes and for what is not UTF-8, and without dot segments.</param>
/// <param name="Encoded">As RFC 3986 section 3.3 has it, with no escape that is not needed.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PathSpelling(string Decoded, string Encoded)
{
    // RFC 3986 section 3.3: pchar, but for escapes.
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("-._~!$&'()*+,;=:@0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Escapes everything in a decoded path that is not a character of a path's segment, percent signs included.</summary>
    public static string Encode(string path)
    {
        var text = new StringBuilder(path.Length);
        Append(text, path, keepsSlashes: true);
        return text.ToString();
    }

    /// <summary>Spells the path of a request target, in origin or absolute form.</summary>
    public static PathSpelling Of(string target)
    {
        var segments = new List<PathSpelling>();
        var path = PathOf(target);
        var last = path.Length > 0 && path[0] == '/' ? path[1..].Split('/') : path.Split('/');
        for (var index = 0; index < last.Length; index++)
        {
            var segment = OfSegment(last[index]);

            // RFC 3986 section 5.2.4. What follows a dot segment at the end is a slash.
            var isDots = segment.Decoded is "." or "..";
            if (segment.Decoded == ".." && segments.Count > 0) segments.RemoveAt(segments.Count - 1);
            if (!isDots) segments.Add(segment);
            else if (index == last.Length - 1) segments.Add(new PathSpelling(string.Empty, string.Empty));
        }

        return new("/" + string.Join('/', segments.Select(static segment => segment.Decoded)), "/" + string.Join('/', segments.Select(static segment => segment.Encoded)));
    }

    private static string PathOf(string target)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        var scheme = path.IndexOf("://", StringComparison.Ordinal);
        if (path.StartsWith('/') || scheme < 0) return path;
        var slash = path.IndexOf('/', scheme + "://".Length);
        return slash < 0 ? "/" : path[slash..];
    }

    private static PathSpelling OfSegment(string segment)
    {
        if (!segment.Contains('%', StringComparison.Ordinal)) return new(segment, Encode(segment));
        var (decoded, encoded) = (new StringBuilder(segment.Length), new StringBuilder(segment.Length));
        Span<byte> bytes = stackalloc byte[4];
        for (var index = 0; index < segment.Length;)
        {
            var count = 0;
            while (count < bytes.Length && TryGetEscape(segment, index + (3 * count), out bytes[count])) count++;
            if (count == 0)
            {
                Append(encoded, segment.AsSpan(index, 1), keepsSlashes: false);
                decoded.Append(segment[index++]);
            }
            else if (bytes[0] != '/' && Rune.DecodeFromUtf8(bytes[..count], out var rune, out var length) == OperationStatus.Done)
            {
                Append(encoded, rune.ToString(), keepsSlashes: false);
                decoded.Append(rune.ToString());
                index += 3 * length;
            }
            else
            {
                // An escaped slash divides nothing, and what is not UTF-8 is no text: both stay what they are.
                encoded.Append(segment, index, 3);
                decoded.Append(segment, index, 3);
                index += 3;
            }
        }

        return new(decoded.ToString(), encoded.ToString());
    }

    private static bool TryGetEscape(string text, int index, out byte value)
    {
        value = 0;
        if (index + 2 >= text.Length || text[index] != '%' || !char.IsAsciiHexDigit(text[index + 1]) || !char.IsAsciiHexDigit(text[index + 2])) return false;
        value = Convert.FromHexString(text.AsSpan(index + 1, 2))[0];
        return true;
    }

    private static void Append(StringBuilder target, ReadOnlySpan<char> decoded, bool keepsSlashes)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in decoded.EnumerateRunes())
        {
            if (rune.IsBmp && (Characters.Contains((char)rune.Value) || (keepsSlashes && rune.Value == '/')))
            {
                target.Append((char)rune.Value);
                continue;
            }

            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)]) target.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
