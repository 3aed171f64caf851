using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>A path in two spellings.</summary>
/// <param name="Decoded">As Kestrel has it: decoded but for escaped slashes and for what is not UTF-8, and without dot segments.</param>
/// <param name="Marked">The same with every percent sign escaped that does not begin one of those escapes.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PathSpelling(string Decoded, string Marked)
{
    /// <summary>As RFC 3986 section 3.3 has it, with no escape that is not needed.</summary>
    public string Encoded => new PathString(Marked).ToUriComponent();

    /// <summary>Escapes everything in a decoded path that is not a character of a path, percent signs included.</summary>
    public static string Encode(string path) => new PathSpelling(path, Mark(path)).Encoded;

    /// <summary>Spells the path of a request target, in origin or absolute form.</summary>
    public static PathSpelling Of(string target)
    {
        var segments = new List<PathSpelling>();
        var path = PathOf(target);
        var pieces = (path.StartsWith('/') ? path[1..] : path).Split('/');
        for (var index = 0; index < pieces.Length; index++)
        {
            var segment = OfSegment(pieces[index]);

            // RFC 3986 section 5.2.4. What follows a dot segment at the end is a slash.
            var isDots = segment.Decoded is "." or "..";
            if (segment.Decoded == ".." && segments.Count > 0) segments.RemoveAt(segments.Count - 1);
            if (!isDots) segments.Add(segment);
            else if (index == pieces.Length - 1) segments.Add(new PathSpelling(string.Empty, string.Empty));
        }

        return new(Join(segments.Select(static segment => segment.Decoded)), Join(segments.Select(static segment => segment.Marked)));
    }

    private static string Join(IEnumerable<string> segments) => "/" + string.Join('/', segments);

    private static string Mark(string text) => text.Replace("%", "%25", StringComparison.Ordinal);

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
        var (decoded, marked) = (new StringBuilder(segment.Length), new StringBuilder(segment.Length));
        Span<byte> bytes = stackalloc byte[4];
        for (var index = 0; index < segment.Length;)
        {
            var count = 0;
            while (count < bytes.Length && TryGetEscape(segment, index + (3 * count), out bytes[count])) count++;
            if (count > 0 && bytes[0] != '/' && Rune.DecodeFromUtf8(bytes[..count], out var rune, out var length) == OperationStatus.Done)
            {
                decoded.Append(rune.ToString());
                marked.Append(Mark(rune.ToString()));
                index += 3 * length;
                continue;
            }

            // An escaped slash divides nothing, and what is not UTF-8 is no text: both stay what they are.
            var kept = segment.Substring(index, count > 0 ? 3 : 1);
            decoded.Append(kept);
            marked.Append(count > 0 ? kept : Mark(kept));
            index += kept.Length;
        }

        return new(decoded.ToString(), marked.ToString());
    }

    private static bool TryGetEscape(string text, int index, out byte value)
    {
        value = 0;
        return index + 2 < text.Length && text[index] == '%'
            && byte.TryParse(text.AsSpan(index + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
