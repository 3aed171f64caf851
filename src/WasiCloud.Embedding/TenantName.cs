using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>What can be a tenant's name: it is written to logs, and applications make names of files and keys of it.</summary>
internal static class TenantName
{
    private const int MaxBytes = 255;

    // A file's name may have 255 bytes, and others may add to it.
    private const int MaxFileName = 200;
    private const int KeptOfLong = 100;

    /// <exception cref="ArgumentException">It is empty, too long, or not one line of text.</exception>
    public static void Check(string? tenant, string parameter)
    {
        if (tenant is null) return;
        if (tenant.Length == 0) throw new ArgumentException("The tenant is empty; null is none.", parameter);
        if (tenant.Length > MaxBytes || Encoding.UTF8.GetByteCount(tenant) > MaxBytes)
            throw new ArgumentException($"The tenant '{SafeText.Of(tenant)}' is longer than {MaxBytes} bytes of UTF-8.", parameter);
        if (!LogText.IsOneLine(tenant) || !IsWellFormed(tenant))
        {
            throw new ArgumentException(
                $"The tenant '{SafeText.Of(tenant)}' is not one line of text: it has a control or bidirectional character, or half a character.", parameter);
        }
    }

    /// <summary>
    /// A tenant's name as one component of a path or a key: lower-case ASCII letters, digits, <c>_</c> and <c>-</c> as they are, all other bytes of UTF-8 as
    /// <c>%</c> and two upper-case hexadecimal digits. What would be longer than 200 characters is the first 100 of them, <c>%</c> and the SHA-256 of the name.
    /// </summary>
    /// <param name="tenant">A name that <see cref="Check"/> lets pass.</param>
    /// <returns>Another for each name, also where letters of either case are the same.</returns>
    public static string ToFileName(string tenant)
    {
        var bytes = Encoding.UTF8.GetBytes(tenant);
        var name = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            if (value is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or (byte)'_' or (byte)'-') name.Append((char)value);
            else name.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        if (name.Length <= MaxFileName) return name.ToString();
        return name.ToString(0, KeptOfLong) + "%" + Convert.ToHexString(SHA256.HashData(bytes));
    }

    // Two that differ in halves of characters only would be the same bytes.
    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var length) != OperationStatus.Done) return false;
            text = text[length..];
        }

        return true;
    }
}
