using System.Globalization;
using System.Text;

namespace WasiCloud.Embedding.FileCalls;

/// <summary>Makes up sequences of file calls for <c>guests/c/filecalls.c</c>. The same seed makes the same ones, with every version of .NET.</summary>
/// <param name="seed">Which ones.</param>
internal sealed class FileCallScript(int seed)
{
    private const int Calls = 40;
    private const int Slots = 5;

    // Few, so that calls meet; the last ones are rarer. Some are longer than the longest that there is, and some are not ASCII.
    private static readonly string[] s_names =
        ["a", "bb", "f", "g", "d", "e", "s", "t", "l", "x", "y", "z", ".", "n\u00e9", "\u65e5\u672c", new string('m', 255), new string('o', 256)];

    // Paths of directories, of links to some, and of what is none.
    private static readonly string[] s_directories = ["d", "d", "d/e", "d/e", "y", "y/e", "./d/.", "d/../d", "d//e", "e", "a", "s", "l", "z", "d/e/..", "y/.."];

    // What symbolic links say.
    private static readonly string[] s_targets =
        ["a", "d", "d/e", "bb", "l", "s", "missing", ".", "d/", "a/", "d/../a", "y/f", "./d/./e", "/absolute", "../a", "..", "-"];

    private readonly StringBuilder _text = new();
    private ulong _state = ((ulong)seed * 2_654_435_769) + 1;

    /// <summary>Makes up some.</summary>
    /// <param name="sequences">How many.</param>
    public string Write(int sequences)
    {
        for (var number = 1; number <= sequences; number++)
        {
            Line($"seq s{number}");
            Furnish();
            Line($"---");
            Line($"open 0 b a rwc");
            Line($"open 1 b d/f rwct");
            Line($"open 2 b d r");
            for (var call = 0; call < Calls; call++) Call();
        }

        return _text.ToString();
    }

    // What a folder has before a guest sees it: no hard links, which a copy of a folder makes files of their own of.
    private void Furnish()
    {
        Line($"mkdir b d");
        Line($"mkdir b d/e");
        foreach (var file in (string[])["a", "d/f", "d/e/h"])
        {
            if (!Happens(70)) continue;
            Line($"open 9 b {file} rwc");
            Line($"write 9 {Below(3000)}");
            Line($"close 9");
        }

        foreach (var (link, target) in ((string, string)[])[("s", "a"), ("d/t", "../a"), ("l", "l"), ("x", "missing"), ("y", "d"), ("z", "/absolute")])
        {
            if (Happens(link == "z" ? 10 : 60)) Line($"symlink {target} b {link}");
        }
    }

    private void Call()
    {
        switch (Below(100))
        {
            case < 21: Open(); break;
            case < 24: Line($"close {Slot()}"); break;
            case < 30: Line($"read {Slot()} {Lengths()}"); break;
            case < 38: Line($"write {Slot()} {Lengths()}"); break;
            case < 41: Line($"pread {Slot()} {Below(3000)} {Offset()}"); break;
            case < 44: Line($"pwrite {Slot()} {Below(3000)} {Offset()}"); break;
            case < 48: Line($"seek {Slot()} {Below(6000) - 500} {"sce"[Below(3)]}"); break;
            case < 49: Line($"append {Slot()} {Below(2)}"); break;
            case < 52: Line($"truncate {Slot()} {Offset()}"); break;
            case < 54: Line($"allocate {Slot()} {Offset()} {Below(4000) - 50}"); break;
            case < 55: Line($"sync {Slot()} {Below(2)}"); break;
            case < 57: Line($"available {Slot()}"); break;
            case < 59: Line($"renumber {Slot()} {Slot()}"); break;
            case < 61: Line($"fstat {Slot()}"); break;
            default: OnName(); break;
        }
    }

    private void OnName()
    {
        switch (Below(39))
        {
            case < 6: Line($"stat {Place()} {Below(2)}"); break;
            case < 8: Line($"same {Place()} {Place()}"); break;
            case < 10: Line($"times {Place()} {Below(2)} {Time()} {Time()}"); break;
            case < 11: Line($"ftimes {Slot()} - 0 {Time()} {Time()}"); break;
            case < 14: Line($"mkdir {Place()}"); break;
            case < 17: Line($"rmdir {Place()}"); break;
            case < 20: Line($"unlink {Place()}"); break;
            case < 27: Line($"rename {Place()} {Place()}"); break;
            case < 30: Line($"link {Place()} {Place()}"); break;
            case < 33: Line($"symlink {s_targets[Below(s_targets.Length)]} {Place()}"); break;
            case < 35: Line($"readlink {Place()} {(Happens(80) ? 1000 : 1 + Below(4))}"); break;
            default: Line($"list {(Happens(60) ? "b ." : Place())}"); break;
        }
    }

    private void Open()
    {
        var flags = new StringBuilder((string)(Below(3) switch { 0 => "r", 1 => "w", _ => "rw" }));
        foreach (var (flag, percent) in ((char, int)[])[('c', 60), ('e', 8), ('t', 12), ('a', 15), ('d', 5), ('n', 10), ('s', 3)])
        {
            if (Happens(percent)) flags.Append(flag);
        }

        // Directories are opened for reading alone.
        if (Happens(10)) Line($"open {Slot()} b {s_directories[Below(s_directories.Length)]} r");
        else Line($"open {Slot()} {Place()} {flags}");
    }

    // A directory and a path that starts there. Only from the base, and only below it, are there "..".
    private string Place()
    {
        if (Happens(8)) return $"{Slot()} {Name(s_names.Length)}";
        if (Happens(1)) return "b -";
        if (Happens(1)) return $"b {string.Concat(Enumerable.Repeat("./", 2100))}a";
        var parent = Happens(40) ? s_directories[Below(s_directories.Length)] + "/" : string.Empty;
        return $"b {parent}{Name(Happens(95) ? 12 : s_names.Length)}{(Happens(6) ? "/" : string.Empty)}";
    }

    // Half of them are those of files.
    private string Name(int of) => s_names[Below(Happens(50) ? 4 : of)];

    private int Slot() => Below(Slots);

    private string Lengths() =>
        string.Join(' ', Enumerable.Range(0, 1 + (Happens(20) ? 1 + Below(2) : 0)).Select(_ => Happens(10) ? 0 : Below(Happens(90) ? 2000 : 20_000)));

    private string Offset() => (Happens(3) ? -1 : Happens(2) ? 1L << 62 : Below(6000)).ToString(CultureInfo.InvariantCulture);

    private string Time() => Below(6) switch { 0 => "n", 1 => "o", 2 => "0", 3 => "1", 4 => "1000000000123456789", _ => "9223372036000000007" };

    private bool Happens(int percent) => Below(100) < percent;

    private int Below(int limit)
    {
        // xorshift64
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)((_state >> 11) % (ulong)limit);
    }

    private void Line(FormattableString call) => _text.Append(call.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
