using System.Text;

namespace WasiCloud.Embedding.Messages;

/// <summary>The head of a request as HTTP/1.1 writes it (RFC 9112 section 3).</summary>
internal static class RequestText
{
    /// <summary>Writes request line, fields and the blank line. What follows is the body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="connectionFields">Field lines for a connection, each with its line end.</param>
    public static byte[] WriteHead(InvocationRequest request, string connectionFields = "")
    {
        var text = new StringBuilder().Append(request.Method).Append(' ').Append(request.Target).Append(" HTTP/1.1\r\n");
        foreach (var (name, value) in RequestFields.List(request)) text.Append(name).Append(": ").Append(value).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.Append(connectionFields).Append("\r\n").ToString());
    }
}
