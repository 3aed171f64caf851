using System.Globalization;
using System.Text;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>Collects a response's status and header fields, and refuses what could make the HTTP message that is sent ambiguous.</summary>
internal sealed class ResponseHeadBuilder
{
    // RFC 9110 section 7.6.1: these concern one connection, and the guest has none.
    private static readonly HashSet<string> ConnectionFields = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade",
    };

    // Whoever believes the one reads another message than who believes the other (RFC 9112 section 6.3).
    private const string BothFramings = "Content-Length and Transfer-Encoding exclude each other";

    /// <summary>
    /// Fields of a head. One of three bytes takes some 100 of the host's memory, and servers and proxies refuse heads of more than a hundred or two.
    /// </summary>
    public const int MaxFields = 1000;

    private MessageHeaders _headers = [];
    private int _status;
    private long _bytes;

    /// <summary>The status; 200 unless one was set.</summary>
    public int Status => _status == 0 ? 200 : _status;

    /// <summary>The body's length if the guest announced it.</summary>
    public long? ContentLength { get; private set; }

    /// <summary>How long names and values may be together, in bytes, for a form whose text is not limited itself.</summary>
    public int MaxBytes { get; init; } = int.MaxValue;

    /// <summary>Whether the head comes with its own framing, as it does on a connection; otherwise the framing is the host's.</summary>
    public bool HasFraming { get; init; }

    /// <summary>Whether the body is sent in chunks (RFC 9112 section 7.1).</summary>
    public bool IsChunked { get; private set; }

    /// <summary>Whether the guest speaks HTTP/1.0, which knows no chunks and closes the connection after each response.</summary>
    public bool IsVersion10 { get; set; }

    /// <summary>Whether a status was set.</summary>
    public bool HasStatus => _status != 0;

    /// <summary>Whether there is a <c>Location</c>.</summary>
    public bool HasLocation => _headers.GetValue("Location") is not null;

    /// <summary>Whether the guest wants to close the connection after this response (RFC 9112 section 9.3).</summary>
    public bool WantsClose { get; private set; }

    /// <summary>Whether more than this head is to come: it is only informational (RFC 9110 section 15.2).</summary>
    public bool IsInterim => _status is >= 100 and < 200;

    /// <summary>Whether a response of this status has no body, whatever its fields say (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).</summary>
    public bool IsWithoutBody => Status is 204 or 205 or 304;

    /// <summary>Begins anew.</summary>
    public void Reset() => (_headers, _status, _bytes, ContentLength, IsChunked, IsVersion10, WantsClose) = ([], 0, 0, null, false, false, false);

    /// <summary>Sets the status.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public string? SetStatus(int status)
    {
        if (HasFraming && status == 101) return "the protocol of the connection cannot be switched";
        if (status is < 200 or > 599 && !(HasFraming && status is >= 100 and < 200)) return "the status is not from 200 to 599";
        _status = status;
        return null;
    }

    /// <summary>Adds a field. Fields of the connection are dropped.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public string? Add(string name, string value)
    {
        if (!MessageHeaders.IsValidName(name)) return "the field name is not a token";
        if (!MessageHeaders.IsValidValue(value)) return "the field value contains CR, LF or NUL";
        if (string.Equals(name, "transfer-encoding", StringComparison.OrdinalIgnoreCase)) return SetTransferEncoding(value);
        if (HasFraming && string.Equals(name, "connection", StringComparison.OrdinalIgnoreCase)) WantsClose |= HasToken(value, "close");
        if (ConnectionFields.Contains(name)) return null;
        if (string.Equals(name, "content-length", StringComparison.OrdinalIgnoreCase)) return SetContentLength(value);
        _bytes += name.Length + (long)Encoding.UTF8.GetByteCount(value);
        if (_bytes > MaxBytes) return "the head is longer than the limit";
        if (_headers.Count == MaxFields) return "the head has too many fields";
        _headers.Add(name, value);
        return null;
    }

    /// <summary>Announces the length of a body that is there as a whole, unless the guest did.</summary>
    public void SuggestContentLength(long length)
    {
        if (!IsWithoutBody) ContentLength ??= length;
    }

    /// <summary>Makes the head.</summary>
    /// <param name="problem">What is wrong, or <see langword="null"/>.</param>
    public ResponseHead Build(out string? problem)
    {
        problem = IsChunked && IsVersion10 ? "HTTP/1.0 has no Transfer-Encoding" : null;

        // RFC 9110 section 8.6: none with 204, whatever the guest says. Section 15.3.6: 205 announces 0. With 304, and to HEAD, it is what GET would have.
        var length = Status switch
        {
            204 => null,
            205 => 0,
            _ => ContentLength,
        };
        if (length is { } announced) _headers.Add("Content-Length", announced.ToString(CultureInfo.InvariantCulture));
        return new ResponseHead(Status, _headers);
    }

    private static bool HasToken(string list, string token)
    {
        foreach (var part in list.AsSpan().Split(','))
        {
            if (list.AsSpan(part).Trim().Equals(token, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    // RFC 9112 section 6.1: no other coding is one that a server may use unasked.
    private string? SetTransferEncoding(string value)
    {
        if (!HasFraming) return "Transfer-Encoding is the host's to choose";
        if (IsChunked) return "Transfer-Encoding was given twice";
        if (!string.Equals(value, "chunked", StringComparison.OrdinalIgnoreCase)) return "the only Transfer-Encoding is chunked";
        if (ContentLength is not null) return BothFramings;
        IsChunked = true;
        return null;
    }

    private string? SetContentLength(string value)
    {
        // A second field, and a list in one, are how responses are smuggled (RFC 9112 section 6.3).
        if (ContentLength is not null) return "Content-Length was given twice";
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length)) return "Content-Length is not a number of bytes";
        if (IsChunked) return BothFramings;
        ContentLength = length;
        return null;
    }
}
