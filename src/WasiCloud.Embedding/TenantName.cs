using System.Buffers;
using System.Text;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>What can be a tenant's name: it is written to logs, and applications make names of files and keys of it.</summary>
internal static class TenantName
{
    private const int MaxBytes = 255;

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
