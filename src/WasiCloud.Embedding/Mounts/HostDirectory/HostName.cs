using System.Buffers;
using System.Text;
using System.Text.Unicode;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// Names between the host, where they are bytes, and guests, where they are UTF-8. A byte that is no part of a character is shown as one of U+EF80 to U+EFFF,
/// which Unicode gives no meaning (U+EF00 and the byte, which is at least 0x80), and so is each byte of these characters themselves: every name has one text,
/// and no two have the same.
/// </summary>
internal static class HostName
{
    private const char First = '\uEF80';
    private const char Last = '\uEFFF';
    private const int Base = 0xEF00;
    private const int MaxBytesOfCharacter = 3;

    /// <summary>
    /// Whether a text names an entry of the directory that it is given with. The contract promises single components, and this mount does not rely on it.
    /// </summary>
    /// <returns><see cref="Errno.Inval"/> if the kernel would not take it for one component, <see cref="Errno.IlSeq"/> if no name is shown like this.</returns>
    public static Errno Check(string name)
    {
        if (name is "" or "." or ".." || name.AsSpan().IndexOfAny('/', '\0') >= 0) return Errno.Inval;
        return IsText(name) ? Errno.Success : Errno.IlSeq;
    }

    /// <summary>Whether there are bytes that are shown like this: a character that is written as its bytes is not.</summary>
    public static bool IsText(ReadOnlySpan<char> text)
    {
        if (IndexOfShownByte(text) < 0) return true;
        var bytes = new byte[MaxBytes(text)];
        return ToText(bytes.AsSpan(0, Encode(text, bytes))).AsSpan().SequenceEqual(text);
    }

    /// <summary>How bytes of the host are shown.</summary>
    public static string ToText(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            var text = Encoding.UTF8.GetString(bytes);
            if (IndexOfShownByte(text) < 0) return text;
        }

        var shown = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var character, out var length) == OperationStatus.Done
                && character.Value is < First or > Last)
            {
                shown.Append(character);
            }
            else
            {
                foreach (var value in bytes[..length]) shown.Append((char)(Base + value));
            }

            bytes = bytes[length..];
        }

        return shown.ToString();
    }

    /// <summary>How many bytes a text is at most.</summary>
    public static int MaxBytes(ReadOnlySpan<char> text) => text.Length * MaxBytesOfCharacter;

    /// <summary>Writes the bytes that are shown as a text.</summary>
    /// <returns>How many.</returns>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> destination)
    {
        var count = 0;
        for (var length = IndexOfShownByte(text); length >= 0; length = IndexOfShownByte(text))
        {
            count += Encoding.UTF8.GetBytes(text[..length], destination[count..]);
            destination[count++] = (byte)(text[length] - Base);
            text = text[(length + 1)..];
        }

        return count + Encoding.UTF8.GetBytes(text, destination[count..]);
    }

    /// <summary>How many bytes a text has on the host.</summary>
    public static int GetByteCount(ReadOnlySpan<char> text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        foreach (var character in text)
        {
            if (character is >= First and <= Last) count -= MaxBytesOfCharacter - 1;
        }

        return count;
    }

    // Not IndexOfAnyInRange, which boxes its bounds until the compiler has optimised it: names are short, and these calls allocate nothing.
    private static int IndexOfShownByte(ReadOnlySpan<char> text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] is >= First and <= Last) return index;
        }

        return -1;
    }
}
