using System.Globalization;

namespace WasiCloud.Embedding.Messages;

/// <summary>Collects a response's status and header fields, and refuses what could make the HTTP message that is sent ambiguous.</summary>
internal sealed class ResponseHeadBuilder
{
    // RFC 9110 section 7.6.1: these concern one connection, and the guest has none.
    private static readonly HashSet<string> ConnectionFields = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade",
    };

    private MessageHeaders _headers = [];
    private int _status;

    /// <summary>The status; 200 unless one was set.</summary>
    public int Status => _status == 0 ? 200 : _status;

    /// <summary>The body's length if the guest announced it.</summary>
    public long? ContentLength { get; private set; }

    /// <summary>Whether a response of this status has no body, whatever its fields say (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).</summary>
    public bool IsWithoutBody => Status is 204 or 205 or 304;

    /// <summary>Begins anew.</summary>
    public void Reset() => (_headers, _status, ContentLength) = ([], 0, null);

    /// <summary>Sets the status.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public string? SetStatus(int status)
    {
        if (status is < 200 or > 599) return "the status is not from 200 to 599";
        _status = status;
        return null;
    }

    /// <summary>Adds a field. Fields of the connection are dropped.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public string? Add(string name, string value)
    {
        if (!MessageHeaders.IsValidName(name)) return "the field name is not a token";
        if (!MessageHeaders.IsValidValue(value)) return "the field value contains CR, LF or NUL";
        if (string.Equals(name, "transfer-encoding", StringComparison.OrdinalIgnoreCase)) return "Transfer-Encoding is the host's to choose";
        if (ConnectionFields.Contains(name)) return null;
        if (string.Equals(name, "content-length", StringComparison.OrdinalIgnoreCase)) return SetContentLength(value);
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
        // RFC 9110 section 8.6: no Content-Length with 204; many programs send 0, which says the same. 205 announces 0 or nothing.
        problem = Status is 204 or 205 && ContentLength > 0 ? "a 204 or 205 response has no body, so no Content-Length" : null;
        if (ContentLength is { } length && Status is not (204 or 205)) _headers.Add("Content-Length", length.ToString(CultureInfo.InvariantCulture));
        return new ResponseHead(Status, _headers);
    }

    private string? SetContentLength(string value)
    {
        // A second field, and a list in one, are how responses are smuggled (RFC 9112 section 6.3).
        if (ContentLength is not null) return "Content-Length was given twice";
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length)) return "Content-Length is not a number of bytes";
        ContentLength = length;
        return null;
    }
}
