using System.Text;

namespace WasiCloud.Embedding.Authority;

/// <summary>The paths that a policy can have lines for.</summary>
internal static class PolicyPath
{
    // As of a guest's path and its components (PATH_MAX and NAME_MAX of Linux).
    private const int MaxBytes = 4096;
    private const int MaxNameBytes = 255;

    /// <summary>
    /// Where an invocation finds what is its own: it exists without a line, if what is mounted there is indeed the invocation's.
    /// </summary>
    public static readonly string[] Own = ["/beta/http", "/connection", "/dev", "/request", "/response", "/tmp"];

    /// <summary>Finds out what is wrong with a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="at">Where in the path it is wrong, in characters from 0.</param>
    /// <returns>What is wrong, to be read after the path; <see langword="null"/> if nothing is.</returns>
    public static string? ProblemOf(string path, out int at)
    {
        at = 0;
        if (path.Length == 0 || path[0] != '/') return "is not absolute: it does not begin with '/'";
        if (path == "/") return null;
        if (Encoding.UTF8.GetByteCount(path) > MaxBytes) return "has more than 4,096 bytes";
        for (var start = 1; start <= path.Length;)
        {
            at = start;
            var slash = path.IndexOf('/', start);
            var end = slash < 0 ? path.Length : slash;
            if (ProblemOfName(path.AsSpan(start..end), ref at) is { } problem) return problem;
            start = end + 1;
        }

        return null;
    }

    /// <summary>Splits a path that is one.</summary>
    public static string[] Split(string path) => path.Length == 1 ? [] : path[1..].Split('/');

    private static string? ProblemOfName(ReadOnlySpan<char> name, ref int at)
    {
        if (name.IsEmpty) return "has an empty component";
        if (name is "." or "..") return $"has a component '{name}'";
        if (Encoding.UTF8.GetByteCount(name) > MaxNameBytes) return "has a component of more than 255 bytes";
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(name, out var rune, out var length) != System.Buffers.OperationStatus.Done) return "has half a character";
            if (rune.Value is < ' ' or 0x7f) return "has a control character";
            name = name[length..];
            at += length;
        }

        return null;
    }
}
