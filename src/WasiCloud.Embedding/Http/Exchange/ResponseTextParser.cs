using System.Buffers;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>Parses the head of a response as it comes, however it is split. Lines end with CRLF or LF.</summary>
/// <param name="maxHeadBytes">How long it may be.</param>
/// <param name="hasStatusLine">Whether it begins with a status line (RFC 9112 section 4), or says its status in a field (RFC 3875 section 6.3.3).</param>
/// <param name="hasFraming"><see cref="ResponseHeadBuilder.HasFraming"/>.</param>
internal sealed class ResponseTextParser(int maxHeadBytes, bool hasStatusLine = true, bool hasFraming = false)
{
    private readonly ArrayBufferWriter<byte> _partialLine = new();
    private long _lineStart;
    private bool _hasStatus = !hasStatusLine;
    private bool _hasField;

    public ResponseHeadBuilder Head { get; } = new() { HasFraming = hasFraming };

    /// <summary>Whether the blank line was there.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>What is wrong, once something is; nothing is parsed any more then.</summary>
    public ResponseProblem? Problem { get; private set; }

    /// <summary>Parses further bytes.</summary>
    /// <returns>How many belong to the head; the rest is body.</returns>
    public int Parse(ReadOnlySpan<byte> bytes)
    {
        var consumed = 0;
        while (!IsComplete && Problem is null && consumed < bytes.Length)
        {
            var rest = bytes[consumed..];
            var lineFeed = rest.IndexOf((byte)'\n');
            var count = lineFeed < 0 ? rest.Length : lineFeed + 1;
            if (_lineStart + _partialLine.WrittenCount + count > maxHeadBytes)
            {
                Problem = new(maxHeadBytes, "the head is longer than the limit");
                break;
            }

            consumed += count;
            if (lineFeed < 0) _partialLine.Write(rest);
            else TakeLine(rest[..count]);
        }

        return consumed;
    }

    /// <summary>Begins anew with another head, where the last one ended.</summary>
    public void Restart()
    {
        Head.Reset();
        (_hasStatus, _hasField, IsComplete) = (!hasStatusLine, false, false);
    }

    /// <summary>The guest will write no more: an incomplete head becomes a problem.</summary>
    public void End()
    {
        if (IsComplete || Problem is not null) return;
        var end = _lineStart + _partialLine.WrittenCount;

        // The first thing that is wrong helps more than that it ended. Half a line end is not wrong, and not the blank line either.
        var line = _partialLine.WrittenSpan;
        if (!line.IsEmpty && !line.SequenceEqual("\r"u8)) ParseLine(line);
        Problem ??= new(end, "the response ends within its head");
    }

    private void TakeLine(ReadOnlySpan<byte> bytes)
    {
        var length = _partialLine.WrittenCount + bytes.Length;
        if (_partialLine.WrittenCount > 0)
        {
            _partialLine.Write(bytes);
            bytes = _partialLine.WrittenSpan;
        }

        ParseLine(bytes[..^1]);
        _partialLine.ResetWrittenCount();
        _lineStart += length;
    }

    private void ParseLine(ReadOnlySpan<byte> line)
    {
        if (line.EndsWith("\r"u8)) line = line[..^1];
        if (!_hasStatus)
        {
            Fail(ResponseHeadLine.ParseStatus(line, Head));
            _hasStatus = true;
        }
        else if (line.IsEmpty)
        {
            // RFC 3875 section 6.2.
            if (hasStatusLine || _hasField) IsComplete = true;
            else Fail(new(0, "the output of a CGI program begins with at least one field"));
        }
        else
        {
            _hasField = true;
            Fail(hasStatusLine ? ResponseHeadLine.ParseField(line, Head) : ResponseHeadLine.ParseCgiField(line, Head));
        }
    }

    private void Fail(ResponseProblem? problem)
    {
        if (problem is { } found) Problem = found with { Offset = _lineStart + found.Offset };
    }
}
