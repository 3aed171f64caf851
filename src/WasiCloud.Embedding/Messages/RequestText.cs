using System.Text;

namespace WasiCloud.Embedding.Messages;

/// <summary>The head of <c>/request/txt</c> (RFC 9112 section 3).</summary>
internal static class RequestText
{
    /// <summary>Writes request line, fields and the blank line. The body follows up to the end of the file, de-chunked as the host received it.</summary>
    public static byte[] WriteHead(InvocationRequest request)
    {
        var text = new StringBuilder().Append(request.Method).Append(' ').Append(request.Target).Append(" HTTP/1.1\r\n");
        foreach (var (name, value) in RequestFields.List(request)) text.Append(name).Append(": ").Append(value).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.Append("\r\n").ToString());
    }
}
