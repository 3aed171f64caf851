using System.Buffers;
using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Hosting.Streams;

/// <summary>
/// Standard output or error that goes to the log: splits what is written into lines, leaves out what the guest's allowance does not cover, and keeps the end of
/// it all.
/// </summary>
/// <param name="line"> Gets each line without its end, its control and bidirectional characters escaped, in pieces of at most <see cref="MaxLineBytes"/> before
/// escaping, if <see cref="IsWanted"/>.
/// </param>
/// <param name="allowance">What may be written, also by the guest's other streams.</param>
/// <param name="tail">Keeps the last bytes; <see langword="null"/> if nobody asks for them.</param>
internal sealed class LogHandle(Action<string> line, LogAllowance allowance, TailBuffer? tail) : FileHandle
{
    /// <summary>8 KiB: longer lines are logged in pieces, so that a guest that never ends its line costs no more memory.</summary>
    public const int MaxLineBytes = 8 << 10;

    private const int LongestCharacter = 4;
    private const byte LineEnd = (byte)'\n';

    // Between two looks at whether the guest is to end: a logger takes microseconds for each.
    private const int LinesInARow = 128;

    private ArrayBufferWriter<byte>? _partialLine;

    // Whether the beginning of the present line was left out, and so the rest will be.
    private bool _omitsLine;

    /// <summary>Whether somebody wants the lines. Set before the first write.</summary>
    public bool IsWanted { get; set; } = true;

    /// <summary>The guest, whose secrets are hidden. Set before the first write.</summary>
    public InvocationContext? Guest { get; set; }

    public override bool CanSeek => false;

    internal override bool MayBorrowGuestMemory => true;

    private ArrayBufferWriter<byte> Partial => _partialLine ??= new ArrayBufferWriter<byte>();

    private int PartialCount => _partialLine?.WrittenCount ?? 0;

    /// <summary>Takes all of it, or, when the guest is to end, what it has come to: a logger may be slow.</summary>
    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (taken, lines) = (0L, 0);
        foreach (var piece in source)
        {
            for (var rest = piece; !rest.IsEmpty;)
            {
                if (taken > 0 && cancellationToken.IsCancellationRequested) return taken;
                var count = IsWanted ? Take(rest.Span) : rest.Length;
                tail?.Write(rest.Span[..count]);
                rest = rest[count..];
                taken += count;
                if (++lines % LinesInARow == 0) await Pieces.PauseAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return taken;
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        // Also of a guest that was killed: its last words matter most, and the log is not part of what it commits.
        if (_omitsLine) allowance.LeaveOut(lines: 1, bytes: 0);
        else if (IsWanted && PartialCount > 0) EmitLine();
        Reset();
        return new(Errno.Success);
    }

    /// <summary>Forgets what was written.</summary>
    public void Reset() => (_partialLine, _omitsLine, Guest) = (null, false, null);

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = source.TotalLength;
        var isOmitted = IsWanted && PartialCount == 0 && allowance.IsExhausted;
        if (IsWanted && !isOmitted && !IsWithinLine(source)) return false;
        foreach (ref readonly var vector in source.Vectors)
        {
            tail?.Write(vector.Span);
            if (isOmitted) Omit(vector.Span);
            else if (IsWanted) Partial.Write(vector.Span);
        }

        return true;
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = interest;
        return true;
    }

    // Whether no line gets complete: the application's logging must not run on the guest's stack.
    private bool IsWithinLine(IoVectors source)
    {
        if (_omitsLine || PartialCount + source.TotalLength > MaxLineBytes) return false;
        foreach (ref readonly var vector in source.Vectors)
        {
            if (vector.Span.Contains(LineEnd)) return false;
        }

        return true;
    }

    // Takes what is left of a line, or as much of it as one entry may have, or all that is to be left out. Returns how many bytes.
    private int Take(ReadOnlySpan<byte> bytes)
    {
        if (PartialCount == 0 && allowance.IsExhausted) return Omit(bytes);
        if (_omitsLine) return Omit(bytes[..(bytes.IndexOf(LineEnd) is >= 0 and var last ? last + 1 : bytes.Length)]);
        var room = MaxLineBytes - PartialCount;
        var end = bytes[..Math.Min(bytes.Length, room + 1)].IndexOf(LineEnd);
        var count = end < 0 ? Math.Min(bytes.Length, room) : end;
        Partial.Write(bytes[..count]);
        if (end >= 0)
        {
            EmitLine();
            Partial.ResetWrittenCount();
            return count + 1;
        }

        if (count < bytes.Length) EmitPiece();
        return count;
    }

    // Counts and does not look: a guest that floods the log costs no more than the counting.
    private int Omit(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return 0;
        allowance.LeaveOut(bytes.Count(LineEnd), bytes.Length);
        _omitsLine = bytes[^1] != LineEnd;
        return bytes.Length;
    }

    // Cuts a line that is too long, between characters.
    private void EmitPiece()
    {
        var bytes = Partial.WrittenSpan;
        var cut = bytes.Length;
        while (cut > bytes.Length - LongestCharacter && Rune.DecodeLastFromUtf8(bytes[..cut], out _, out _) != OperationStatus.Done) cut--;
        if (Rune.DecodeLastFromUtf8(bytes[..cut], out _, out _) != OperationStatus.Done) cut = bytes.Length;
        if (Guest?.Mask is { } mask) cut = mask.CutOf(bytes, cut);
        var rest = bytes[cut..].ToArray();
        Emit(bytes[..cut]);
        Partial.ResetWrittenCount();
        Partial.Write(rest);
    }

    private void EmitLine()
    {
        var bytes = Partial.WrittenSpan;
        Emit(bytes.EndsWith("\r"u8) ? bytes[..^1] : bytes);
    }

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        if (!allowance.TryBeginLine())
        {
            allowance.LeaveOut(lines: 1, bytes.Length);
            return;
        }

        var text = LogText.OfLines(Guest?.Mask?.Decode(bytes) ?? Encoding.UTF8.GetString(bytes));
        allowance.Charge(text.Length);
        line(text);
    }
}
