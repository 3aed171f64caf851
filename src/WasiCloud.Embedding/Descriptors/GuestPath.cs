using System.Text;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Decodes and checks paths as guests pass them.</summary>
internal static class GuestPath
{
    /// <summary>Bytes in a path, as Linux's <c>PATH_MAX</c>.</summary>
    public const int MaxPathBytes = 4096;

    /// <summary>Bytes in one component, as Linux's <c>NAME_MAX</c>.</summary>
    public const int MaxNameBytes = 255;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Decodes a path.</summary>
    /// <returns>The text, or <see cref="Errno.NameTooLong"/>, <see cref="Errno.IlSeq"/> for what is not UTF-8, <see cref="Errno.Inval"/> for a NUL.</returns>
    public static FsResult<string> Decode(ReadOnlySpan<byte> bytes, RecentTexts recent)
    {
        if (bytes.Length > MaxPathBytes) return Errno.NameTooLong;
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) return Errno.IlSeq;
        if (bytes.Contains((byte)0)) return Errno.Inval;
        return recent.Get(bytes);
    }

    /// <summary>Reads what a symbolic link says. Mounts may have it from anywhere.</summary>
    /// <returns>The text, which is a path as guests may pass one, or empty; <see cref="Errno.NameTooLong"/>.</returns>
    /// <exception cref="InvalidOperationException">It is not the text of a path.</exception>
    public static async ValueTask<FsResult<string>> ReadTargetAsync(VirtualSymlink link, CancellationToken cancellationToken)
    {
        var target = await link.ReadTargetAsync(cancellationToken).ConfigureAwait(false);
        if (!target.TryGet(out var text)) return target.Error;
        if (text.Length > MaxPathBytes) return Errno.NameTooLong;
        return IsText(text) ? target : throw new InvalidOperationException($"{link.GetType()} says something that is not the text of a path.");
    }

    /// <summary>Whether a directory may have an entry of this name.</summary>
    public static bool IsName(string? name) =>
        name is not (null or "" or "." or "..") && !name.Contains('/', StringComparison.Ordinal) && IsText(name) && !IsTooLong(name);

    /// <summary>Whether a component is longer than <see cref="MaxNameBytes"/>.</summary>
    public static bool IsTooLong(ReadOnlySpan<char> name) =>
        name.Length > MaxNameBytes || (name.Length > MaxNameBytes / 3 && StrictUtf8.GetByteCount(name) > MaxNameBytes);

    // No NUL, which would end it early for the kernel, and no half of a surrogate pair, which is no UTF-8.
    private static bool IsText(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '\0') return false;
            if (!char.IsSurrogate(text[index])) continue;
            if (!char.IsSurrogatePair(text, index)) return false;
            index++;
        }

        return true;
    }
}
