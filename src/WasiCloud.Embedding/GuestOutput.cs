using System.Text;

namespace WasiCloud.Embedding;

/// <summary>What a program wrote to one of its streams. Immutable.</summary>
public sealed class GuestOutput
{
    private const byte ContinuationMask = 0b1100_0000;
    private const byte Continuation = 0b1000_0000;

    internal GuestOutput(ReadOnlyMemory<byte> bytes, long totalBytes) => (Bytes, TotalBytes) = (bytes, totalBytes);

    /// <summary>The bytes that were held: all of them, or the last if <see cref="IsTruncated"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>How many bytes the program wrote.</summary>
    public long TotalBytes { get; }

    /// <summary>Whether the program wrote more than was to be held, so that the beginning is missing.</summary>
    public bool IsTruncated => TotalBytes > Bytes.Length;

    /// <summary>
    /// The bytes as UTF-8, with replacement characters. It is what the program wrote, control characters included: escape it before it goes to a terminal or a
    /// log.
    /// </summary>
    public string Text => TextOf(Bytes.Span);

    /// <summary><see cref="Text"/>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Text;

    /// <summary>The end of the text.</summary>
    /// <param name="maxBytes">How many bytes of it at most.</param>
    internal string LastText(int maxBytes) => TextOf(Bytes.Span[Math.Max(0, Bytes.Length - maxBytes)..]);

    // A character that lost its first bytes is left out.
    private string TextOf(ReadOnlySpan<byte> bytes)
    {
        var start = 0;
        if (bytes.Length < TotalBytes)
        {
            while (start < bytes.Length && (bytes[start] & ContinuationMask) == Continuation) start++;
        }

        return Encoding.UTF8.GetString(bytes[start..]);
    }
}
