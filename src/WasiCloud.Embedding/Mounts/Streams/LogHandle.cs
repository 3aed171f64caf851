using System.Buffers;
using System.Text;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Streams;

/// <summary>Standard output or error that goes to the log: splits what is written into lines and keeps its end.</summary>
/// <param name="line">Gets each line without its end, in pieces of at most <see cref="MaxLineBytes"/>, if <see cref="IsWanted"/>.</param>
/// <param name="tail">Keeps the last bytes; <see langword="null"/> if nobody asks for them.</param>
internal sealed class LogHandle(Action<string> line, TailBuffer? tail) : FileHandle
{
    /// <summary>8 KiB: longer lines are logged in pieces, so that a guest that never ends its line costs no more memory.</summary>
    public const int MaxLineBytes = 8 << 10;

    private const int LongestCharacter = 4;

    private ArrayBufferWriter<byte>? _partialLine;

    /// <summary>Whether somebody wants the lines. Set before the first write.</summary>
    public bool IsWanted { get; set; } = true;

    private ArrayBufferWriter<byte> Partial => _partialLine ??= new ArrayBufferWriter<byte>();

    public override bool CanSeek => false;

    internal override bool MayBorrowGuestMemory => true;

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        foreach (var piece in source)
        {
            tail?.Write(piece.Span);
            if (IsWanted) Split(piece.Span, line);
        }

        return (FsResult<long>)source.Length;
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        // Also of a guest that was killed: its last words matter most, and the log is not part of what it commits.
        if (IsWanted && _partialLine is { WrittenCount: > 0 }) EmitLine(_partialLine.WrittenSpan, line);
        return new(Errno.Success);
    }

    /// <summary>Forgets what was written.</summary>
    public void Reset() => _partialLine = null;

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = source.TotalLength;
        if (IsWanted && !IsWithinLine(source)) return false;
        foreach (ref readonly var vector in source.Vectors)
        {
            tail?.Write(vector.Span);
            if (IsWanted) Partial.Write(vector.Span);
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
        if (Partial.WrittenCount + source.TotalLength > MaxLineBytes) return false;
        foreach (ref readonly var vector in source.Vectors)
        {
            if (vector.Span.Contains((byte)'\n')) return false;
        }

        return true;
    }

    private void Split(ReadOnlySpan<byte> bytes, Action<string> emit)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var count = Math.Min(end < 0 ? bytes.Length : end, MaxLineBytes - Partial.WrittenCount);
            Partial.Write(bytes[..count]);
            bytes = bytes[count..];
            if (bytes.StartsWith("\n"u8))
            {
                EmitLine(Partial.WrittenSpan, emit);
                Partial.ResetWrittenCount();
                bytes = bytes[1..];
            }
            else if (!bytes.IsEmpty)
            {
                EmitPiece(emit);
            }
        }
    }

    // Cuts a line that is too long, between characters.
    private void EmitPiece(Action<string> emit)
    {
        var bytes = Partial.WrittenSpan;
        var cut = bytes.Length;
        while (cut > bytes.Length - LongestCharacter && Rune.DecodeLastFromUtf8(bytes[..cut], out _, out _) != OperationStatus.Done) cut--;
        if (Rune.DecodeLastFromUtf8(bytes[..cut], out _, out _) != OperationStatus.Done) cut = bytes.Length;
        var rest = bytes[cut..].ToArray();
        emit(Encoding.UTF8.GetString(bytes[..cut]));
        Partial.ResetWrittenCount();
        Partial.Write(rest);
    }

    private static void EmitLine(ReadOnlySpan<byte> bytes, Action<string> emit) => emit(Encoding.UTF8.GetString(bytes.EndsWith("\r"u8) ? bytes[..^1] : bytes));
}
