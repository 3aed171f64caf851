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

    /// <summary>Whether a component is longer than <see cref="MaxNameBytes"/>.</summary>
    public static bool IsTooLong(ReadOnlySpan<char> name) =>
        name.Length > MaxNameBytes || (name.Length > MaxNameBytes / 3 && StrictUtf8.GetByteCount(name) > MaxNameBytes);
}
