using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>The head of a response whose status and header fields are files of their own.</summary>
internal sealed class ResponsePieces(ResponseMessage message)
{
    private const int StatusLength = 3;

    private readonly ResponseHeadBuilder _builder = new();
    private Dictionary<string, List<string>>? _fields;
    private int _count;
    private int _status;
    private int _bytes;

    /// <summary>Begins anew.</summary>
    public void Reset() => (_fields, _count, _status, _bytes) = (null, 0, 0, 0);

    /// <summary>Takes the content of <c>status</c>: three digits.</summary>
    public Errno SetStatus(ReadOnlySpan<byte> content)
    {
        if (message.IsFixed) return Errno.RoFs;
        content = TrimLineEnd(content);
        var digits = content.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits >= 0 || content.Length != StatusLength)
            return message.Refuse("status", new(digits >= 0 ? digits : Math.Min(content.Length, StatusLength), "the status is not three digits"));
        var status = int.Parse(content, System.Globalization.CultureInfo.InvariantCulture);
        if (new ResponseHeadBuilder().SetStatus(status) is { } problem) return message.Refuse("status", new(0, problem));
        _status = status;
        return Errno.Success;
    }

    /// <summary>
    /// Takes the content of <c>headers/&lt;name&gt;</c>: one value. Of <c>set-cookie</c>, of which several are no list (RFC 9110 section 5.3), one on each
    /// line.
    /// </summary>
    public Errno SetField(string name, ReadOnlySpan<byte> content)
    {
        if (message.IsFixed) return Errno.RoFs;
        var file = "headers/" + name;
        content = TrimLineEnd(content);
        _bytes += name.Length + content.Length;
        if (_bytes > message.Limits.MaxResponseHeadBytes) return message.Refuse(file, new(content.Length, "the head is longer than the limit"));
        var hasLines = string.Equals(name, "set-cookie", StringComparison.OrdinalIgnoreCase);
        var values = new List<string>(1);
        var start = 0;
        for (var isLast = false; !isLast;)
        {
            var line = content[start..];
            var lineFeed = hasLines ? line.IndexOf((byte)'\n') : -1;
            isLast = lineFeed < 0;
            if (!isLast) line = line[..(lineFeed + 1)];
            var text = isLast ? line : TrimLineEnd(line);
            var forbidden = FieldText.IndexOfForbidden(text);
            if (forbidden >= 0)
                return message.Refuse(file, new(start + forbidden, "the field value contains a control character, such as a line end, or is not UTF-8"));
            var value = FieldText.Decode(text);
            if (new ResponseHeadBuilder().Add(name, value) is { } problem) return message.Refuse(file, new(start, problem));
            values.Add(value);
            start += line.Length;
        }

        _fields ??= new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        _count += values.Count - (_fields.TryGetValue(name, out var replaced) ? replaced.Count : 0);
        if (_count > ResponseHeadBuilder.MaxFields) return message.Refuse(file, new(0, "the head has too many fields"));
        _fields[name] = values;
        return Errno.Success;
    }

    /// <summary>Sends the head unless it was sent.</summary>
    /// <param name="defaultStatus">The status if the guest set none.</param>
    /// <param name="bodyLength">The body's length if it is known as a whole.</param>
    public Errno Fix(int defaultStatus, long? bodyLength)
    {
        if (message.IsFixed) return Errno.Success;
        var builder = _builder;
        builder.Reset();
        builder.SetStatus(_status == 0 ? defaultStatus : _status);
        if (_fields is not null)
        {
            foreach (var (name, values) in _fields)
            {
                foreach (var value in values) builder.Add(name, value);
            }
        }

        return message.Fix(builder, "headers/content-length", 0, bodyLength);
    }

    private static ReadOnlySpan<byte> TrimLineEnd(ReadOnlySpan<byte> content)
    {
        // What echo appends.
        if (content.EndsWith("\r\n"u8)) return content[..^2];
        return content.EndsWith("\n"u8) ? content[..^1] : content;
    }
}
