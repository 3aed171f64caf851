using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>What can be a tenant's name: it is written to logs, and applications make names of files and keys of it.</summary>
internal static class TenantName
{
    private const int MaxBytes = 255;

    // The longest name of a file is 255 bytes on most systems: enough is left for an ending.
    private const int MaxFileNameBytes = 200;
    private const int KeptCharacters = 100;

    private static readonly SearchValues<byte> s_plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-"u8);

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
    /// The name of the file or folder that is a tenant's: lower-case letters, digits, <c>_</c> and <c>-</c> stay, of all else each byte of UTF-8 becomes
    /// <c>%</c> and two upper-case hexadecimal digits. Never empty, hidden, <c>.</c> or <c>..</c>, never with a separator, and at most 200 bytes.
    /// </summary>
    /// <remarks>
    /// No two tenants have the same name, also where the case of letters makes no difference. Up to 200 characters it can be read back: a <c>%</c> takes the
    /// two digits that follow it, and what is not after a <c>%</c> stands for itself. A longer one becomes its first 100 characters, <c>%-</c>, and the SHA-256
    /// of the tenant. In a short one no <c>-</c> follows a <c>%</c>, so no long one is a short one; two long ones differ in their checksums. (Without the
    /// <c>-</c>, a checksum that begins with <c>41</c> would be read as an <c>A</c> and 62 letters and digits, which a tenant may be called.)
    /// </remarks>
    /// <exception cref="ArgumentException">It is no tenant's name.</exception>
    public static string ToFileName(string tenant)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        Check(tenant, nameof(tenant));
        var bytes = Encoding.UTF8.GetBytes(tenant);
        var name = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            if (s_plain.Contains(value)) name.Append((char)value);
            else name.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }

        if (name.Length <= MaxFileNameBytes) return name.ToString();
        name.Length = KeptCharacters;
        return name.Append("%-").Append(Convert.ToHexStringLower(SHA256.HashData(bytes))).ToString();
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
