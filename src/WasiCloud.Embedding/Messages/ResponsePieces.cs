using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Messages;

/// <summary>The head of a response whose status and header fields are files of their own.</summary>
internal sealed class ResponsePieces(ResponseMessage message)
{
    private const int StatusLength = 3;

    private readonly ResponseHeadBuilder _builder = new();
    private Dictionary<string, string>? _fields;
    private int _status;
    private int _bytes;

    /// <summary>Begins anew.</summary>
    public void Reset() => (_fields, _status, _bytes) = (null, 0, 0);

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

    /// <summary>Takes the content of <c>headers/&lt;name&gt;</c>: one value.</summary>
    public Errno SetField(string name, ReadOnlySpan<byte> content)
    {
        if (message.IsFixed) return Errno.RoFs;
        var file = "headers/" + name;
        content = TrimLineEnd(content);
        var forbidden = FieldText.IndexOfForbidden(content);
        if (forbidden >= 0) return message.Refuse(file, new(forbidden, "the field value contains a control character, such as a line end, or is not UTF-8"));
        _bytes += name.Length + content.Length;
        if (_bytes > message.Limits.MaxResponseHeadBytes) return message.Refuse(file, new(content.Length, "the head is longer than the limit"));
        var value = FieldText.Decode(content);
        if (new ResponseHeadBuilder().Add(name, value) is { } problem) return message.Refuse(file, new(0, problem));
        _fields ??= new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (_fields.Count == ResponseHeadBuilder.MaxFields && !_fields.ContainsKey(name)) return message.Refuse(file, new(0, "the head has too many fields"));
        _fields[name] = value;
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
            foreach (var (name, value) in _fields) builder.Add(name, value);
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
