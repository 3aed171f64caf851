using System.Text;

namespace WasiCloud.Embedding.Hostile.Tests.Paths;

/// <summary>Paths that have led out of directories, in this or that system. Always the same ones, in the same order.</summary>
internal static class PathCorpus
{
    /// <summary>Symbolic links that <see cref="Tree"/> has, and what they say. <c>{outside}</c> is the absolute path of what must not be reached.</summary>
    public static IReadOnlyList<(string Name, string Target)> Links { get; } =
    [
        ("out", "../outside"), ("outsecret", "../outside/secret"), ("abs", "{outside}"), ("abssecret", "{outside}/secret"), ("root", "/"), ("etc", "/etc"),
        ("proc", "/proc/self/root"),
        ("cwd", "/proc/self/cwd"), ("fd", "/proc/self/fd"), ("null", "/dev/null"), ("self", "."), ("parent", ".."), ("loop1", "loop2"), ("loop2", "loop1"),
        ("ownloop", "ownloop"),
        ("dirlink", "dir"), ("dangling", "../outside/new"), ("trailing", "../outside/"), ("winding", "dir/../../outside"), ("slashes", "..//outside//secret"),
        ("dir/up", "../.."),
        ("dir/out", "../../outside"), ("viaself", "self/../../outside/secret"), ("viaparent", "parent/outside/secret"),
        .. Enumerable.Range(0, 45).Select(index => ($"chain{index}", index == 0 ? "../outside/secret" : $"chain{index - 1}")),
    ];

    /// <summary>Generates the corpus.</summary>
    /// <param name="outside">The absolute path of what must not be reached.</param>
    public static IReadOnlyList<(string Category, byte[] Path)> Create(string outside)
    {
        var corpus = new List<(string Category, byte[] Path)>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (category, paths) in Categories(outside))
        {
            foreach (var path in paths)
            {
                if (known.Add(Convert.ToHexString(path))) corpus.Add((category, path));
            }
        }

        return corpus;
    }

    private static IEnumerable<(string Category, IEnumerable<byte[]> Paths)> Categories(string outside) =>
    [
        ("..", Text(Climbing())),
        ("absolute", Text(Absolute(outside))),
        ("dots and slashes", Text(DotsAndSlashes())),
        ("NUL", Text(["\0", "file\0", "\0file", "..\0", "..\0/outside/secret", "file\0/../../outside/secret", "dir/\0/..", "../outside/secret\0",
            "../outside\0/secret", "file\0.txt", "dir\0"])),
        ("not UTF-8", Broken()),
        ("overlong", Overlong()),
        ("backslashes and drives", Text(Windows())),
        ("percent", Text(Percent())),
        ("look-alikes", Text(LookAlikes())),
        ("long names", Text(LongNames())),
        ("long paths", Text(LongPaths())),
        ("symbolic links", Text(ThroughLinks())),
        ("odd names", Text(OddNames())),
        ("mixed", Mixed()),
    ];

    private static IEnumerable<byte[]> Text(IEnumerable<string> paths) => paths.Select(Encoding.UTF8.GetBytes);

    private static IEnumerable<string> Climbing()
    {
        string[] ends = ["", "/", "/outside/secret", "/outside", "/etc/passwd", "/file", "/inside/file"];
        var chains = Enumerable.Range(1, 12).Select(depth => string.Join('/', Enumerable.Repeat("..", depth)));
        foreach (var chain in chains.SelectMany(chain => new[] { chain, "dir/" + chain }))
        {
            foreach (var end in ends) yield return chain + end;
        }
    }

    private static IEnumerable<string> Absolute(string outside)
    {
        string[] starts = ["/", "//", "///", "/./", "/../", "/..//"];
        string[] ends = ["", "outside/secret", "etc/passwd", "proc/self/root/etc/passwd", "proc/self/fd/0", "dev/zero", "file", outside.TrimStart('/'),
            outside.TrimStart('/') + "/secret"];
        return starts.SelectMany(start => ends.Select(end => start + end));
    }

    private static IEnumerable<string> DotsAndSlashes() =>
    [
        "", ".", "./", "./.", "././.", ".//", ".//..", "./..", "./../", "file/", "file//", "file/.", "file/..", "file/../..", "file/../../outside/secret",
        "file/secret", "dir/", "dir//", "dir/.", "dir/./..",
        "dir//..//..", "dir/../dir/../..", "dir/../dir/../../outside/secret", "dir/./../.././outside/./secret", "nothing/..", "nothing/../..",
        "nothing/../../outside/secret", "dir/nothing/../../../outside",
        ".//./file", "dir/../file", "dir///file2", "./dir/./file2", "..//outside//secret", "../outside/secret/", "../outside/secret/..", "../outside/.",
        "../inside/file", "../inside/../outside/secret",
    ];

    private static IEnumerable<byte[]> Broken()
    {
        byte[][] pieces =
        [
            [0x80], [0xBF], [0xC2], [0xFE], [0xFF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80], [0xC2, 0x2E], [0xE2, 0x2F, 0x2E],
        ];
        foreach (var piece in pieces)
        {
            yield return piece;
            yield return [.. piece, .. "/../../outside/secret"u8];
            yield return [.. "../outside/secret"u8, .. piece];
            yield return [.. ".."u8, .. piece, .. "/outside/secret"u8];
        }
    }

    private static IEnumerable<byte[]> Overlong()
    {
        byte[][] dots = [[0x2E], [0xC0, 0xAE], [0xE0, 0x80, 0xAE], [0xF0, 0x80, 0x80, 0xAE]];
        byte[][] slashes = [[0x2F], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xF0, 0x80, 0x80, 0xAF]];
        foreach (var dot in dots)
        {
            foreach (var slash in slashes)
            {
                yield return [.. dot, .. dot, .. slash, .. "outside"u8, .. slash, .. "secret"u8];
                yield return [.. "dir"u8, .. slash, .. dot, .. dot, .. slash, .. dot, .. dot, .. slash, .. "outside"u8];
            }
        }

        yield return [.. "file"u8, 0xC0, 0x80];
    }

    private static IEnumerable<string> Windows() =>
    [
        "\\", "..\\", "..\\outside\\secret", "..\\..\\outside\\secret", "dir\\..\\..\\outside\\secret", "dir\\file2", "..\\/outside/secret",
        "../\\outside/secret", "\\etc\\passwd", "\\\\server\\share\\secret",
        "\\\\?\\C:\\secret", "\\\\.\\PhysicalDrive0", "\\??\\C:\\", "C:", "C:/", "C:\\", "C:secret", "c:/windows/win.ini", "C:..", "C:../outside/secret",
        "Z:/../outside", "file:///etc/passwd", "file://outside/secret", "A:file",
        "file::$DATA", "dir::$INDEX_ALLOCATION", "file:stream",
    ];

    private static IEnumerable<string> Percent()
    {
        string[] dots = ["%2e%2e", "%2E%2E", ".%2e", "%2e.", "%252e%252e", "%c0%ae%c0%ae", "%u002e%u002e", "&#46;&#46;"];
        string[] slashes = ["/", "%2f", "%252f", "%5c", "%c0%af"];
        return dots.SelectMany(dot => slashes.Select(slash => $"{dot}{slash}outside{slash}secret"));
    }

    private static IEnumerable<string> LookAlikes()
    {
        string[] dots = ["\u2024\u2024", "\u2025", "\uFF0E\uFF0E", "\u3002\u3002", "\u00B7\u00B7", ".\u200B.", ".\u200D.", "\uFEFF..", "..\u202E", "\u0307.",
            ".\u0307.", "\u2026"];
        string[] slashes = ["/", "\u2215", "\u2044", "\uFF0F", "\u29F8"];
        return [.. dots.SelectMany(dot => slashes.Select(slash => $"{dot}{slash}outside{slash}secret")), "caf\u00E9", "cafe\u0301", "\u212B", "\u00C5",
            "A\u030A", "\uFB01le", "f\u0130le", "FILE", "File", "\u1E9E"];
    }

    private static IEnumerable<string> LongNames()
    {
        foreach (var length in new[] { 127, 128, 254, 255, 256, 257, 1_000, 4_000 })
        {
            yield return new string('n', length);
            yield return new string('n', length) + "/../../outside/secret";
            yield return new string('.', length);
            yield return "../" + new string('n', length);
        }

        // 255 and 256 bytes in characters of two, three and four.
        yield return new string('\u00E9', 127) + "n";
        yield return new string('\u00E9', 128);
        yield return new string('\u20AC', 85);
        yield return new string('\u20AC', 85) + "n";
        yield return string.Concat(Enumerable.Repeat("\uD83D\uDE00", 64));
    }

    private static IEnumerable<string> LongPaths()
    {
        foreach (var length in new[] { 4_094, 4_095, 4_096, 4_097, 8_192, 65_535, 65_536 })
        {
            yield return Fill("./", length, "../outside/secret");
            yield return Fill("dir/../", length, "../outside/secret");
            yield return Fill("/", length, "etc/passwd");
            yield return Fill("dir/", length, string.Empty);
            yield return Fill("../", length, "outside/secret");
        }
    }

    private static string Fill(string piece, int length, string end) => string.Concat(Enumerable.Repeat(piece, (length - end.Length) / piece.Length)) + end;

    private static IEnumerable<string> ThroughLinks()
    {
        string[] ends = ["", "/", "/.", "/..", "/secret", "/new", "/../outside/secret", "/etc/passwd"];
        foreach (var (name, _) in Links)
        {
            // Of the chain, the ends and the two sides of the limit of 40.
            if (name.StartsWith("chain", StringComparison.Ordinal)
                && name is not ("chain0" or "chain1" or "chain38" or "chain39" or "chain40" or "chain41" or "chain44")) continue;
            foreach (var end in ends) yield return name + end;
        }
    }

    private static IEnumerable<string> OddNames()
    {
        string[] names =
        [
            "con", "CON", "nul", "aux", "prn", "com1", "lpt1", "con.txt", " ", ". ", ".. ", " ..", "...", "....", "~", "~root", "$HOME", "${HOME}", "`id`", "*",
            "?", "|", "-", "--", "-rf", "\n", "\t", "a\nb", "..\n", "\r", "\u007F",
            "\u001B[2J", ".git", ".tx", ".lock", ".meta", "file.", "file ", " file", "new file",
        ];
        return names.SelectMany(name => new[] { name, name + "/../../outside/secret" });
    }

    private static IEnumerable<byte[]> Mixed()
    {
        string[] pieces = ["..", ".", "", "dir", "file", "outside", "secret", "out", "parent", "self", "dirlink", "dir/up", "nothing", "\uFF0E\uFF0E", "..\\",
            "%2e%2e", "chain3"];
        var random = new Random(Effort.Seed);
        for (var index = 0; index < 200; index++)
            yield return Encoding.UTF8.GetBytes(string.Join('/', Enumerable.Range(0, random.Next(2, 9)).Select(_ => pieces[random.Next(pieces.Length)]))
                + (random.Next(2) == 0 ? "/secret" : string.Empty));
    }
}
