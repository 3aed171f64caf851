using System.Buffers.Text;
using System.Text;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>The head of a request as HTTP/1.1 writes it (RFC 9112 section 3).</summary>
internal static class RequestText
{
    /// <summary>The field line that says that the body comes in chunks.</summary>
    public const string Chunked = "Transfer-Encoding: chunked\r\n";

    /// <summary>How many bytes the line before a chunk has at most.</summary>
    public const int MaxChunkLineBytes = 18;

    /// <summary>What follows after the last chunk that has something: the end, which a body that was cut off does not have.</summary>
    public static readonly byte[] LastChunk = "0\r\n\r\n"u8.ToArray();

    /// <summary>Writes request line, fields and the blank line. What follows is the body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="connectionFields">Field lines for a connection, each with its line end.</param>
    public static byte[] WriteHead(InvocationRequest request, string connectionFields = "")
    {
        var text = new StringBuilder().Append(request.Method).Append(' ').Append(request.Target).Append(" HTTP/1.1\r\n");
        foreach (var (name, value) in RequestFields.List(request)) text.Append(name).Append(": ").Append(value).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.Append(connectionFields).Append("\r\n").ToString());
    }

    /// <summary>Writes the line before a chunk (RFC 9112 section 7.1).</summary>
    /// <param name="destination">At least <see cref="MaxChunkLineBytes"/>.</param>
    /// <param name="length">How long the chunk is, in bytes.</param>
    /// <returns>How many bytes the line has.</returns>
    public static int WriteChunkLine(Span<byte> destination, long length)
    {
        Utf8Formatter.TryFormat(length, destination, out var count, 'x');
        "\r\n"u8.CopyTo(destination[count..]);
        return count + 2;
    }
}
