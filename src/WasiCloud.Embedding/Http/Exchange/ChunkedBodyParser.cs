using System.Buffers;
using System.Buffers.Text;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>
/// Takes the chunked transfer coding apart as it comes, however it is split (RFC 9112 section 7.1). Chunk extensions and trailer fields are dropped.
/// </summary>
/// <param name="maxTrailerBytes">How long the trailer section may be.</param>
internal sealed class ChunkedBodyParser(int maxTrailerBytes)
{
    // Size and extensions of one chunk.
    private const int MaxSizeLineBytes = 256;

    // More than an offset can hold is no size.
    private const int MaxSizeDigits = 15;

    private static readonly SearchValues<byte> HexadecimalDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private readonly ArrayBufferWriter<byte> _line = new();
    private State _state = State.Size;
    private long _left;
    private long _position;
    private int _trailerBytes;

    private enum State
    {
        Size,
        Data,
        DataEnd,
        Trailer,
        End,
    }

    /// <summary>Whether the last chunk and the trailer section were there.</summary>
    public bool IsAtEnd => _state == State.End;

    /// <summary>What is wrong, once something is, with the offset in the coding.</summary>
    public ResponseProblem? Problem { get; private set; }

    /// <summary>Parses up to the end of the bytes, of the coding, or of one piece of content.</summary>
    /// <param name="bytes">What comes next; not empty.</param>
    /// <param name="content">The content among them.</param>
    /// <returns>How many were consumed.</returns>
    public int Parse(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (_state != State.Data) return ParseLine(bytes);
        content = bytes[..(int)Math.Min(bytes.Length, _left)];
        _left -= content.Length;
        _position += content.Length;
        if (_left == 0) _state = State.DataEnd;
        return content.Length;
    }

    private int ParseLine(ReadOnlySpan<byte> bytes)
    {
        var lineFeed = bytes.IndexOf((byte)'\n');
        var count = lineFeed < 0 ? bytes.Length : lineFeed + 1;
        var limit = _state == State.Trailer ? maxTrailerBytes - _trailerBytes : MaxSizeLineBytes;
        if (_line.WrittenCount + count > limit)
        {
            Problem = new(_position,
                _state == State.Trailer ? "the trailer section is longer than the limit" : "the line of a chunk's size is longer than 256 bytes");
            return 0;
        }

        _line.Write(bytes[..count]);
        if (lineFeed < 0) return count;
        var line = _line.WrittenSpan;
        if (line.EndsWith("\r\n"u8)) TakeLine(line[..^2]);
        else Problem = new(_position + line.Length - 1, "a line of the chunked coding does not end with CRLF");
        _position += line.Length;
        _line.ResetWrittenCount();
        return count;
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        switch (_state)
        {
            case State.Size:
                TakeSize(line);
                break;
            case State.DataEnd when line.IsEmpty:
                _state = State.Size;
                break;
            case State.DataEnd:
                Problem = new(_position, "a chunk is longer than its size");
                break;
            default:
                _trailerBytes += line.Length + 2;
                if (line.IsEmpty) _state = State.End;
                else if (ChunkedSyntax.CheckTrailer(line) is { } problem) Problem = problem with { Offset = _position + problem.Offset };
                break;
        }
    }

    private void TakeSize(ReadOnlySpan<byte> line)
    {
        var digits = line.IndexOfAnyExcept(HexadecimalDigits);
        if (digits < 0) digits = line.Length;
        var significant = line[..digits].TrimStart((byte)'0');
        if (digits == 0 || significant.Length > MaxSizeDigits)
        {
            Problem = new(_position + digits - Math.Max(0, significant.Length - MaxSizeDigits), "a chunk's size is not a hexadecimal number");
        }
        else if (ChunkedSyntax.IndexOfInvalidExtension(line[digits..]) is >= 0 and var index)
        {
            Problem = new(_position + digits + index, "what follows a chunk's size is not a chunk extension");
        }
        else
        {
            // No digit but zeros leaves 0.
            _left = Utf8Parser.TryParse(significant, out long size, out _, 'x') ? size : 0;
            _state = _left == 0 ? State.Trailer : State.Data;
        }
    }
}
