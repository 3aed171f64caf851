using System.Buffers;
using System.Buffers.Text;
using System.Net.WebSockets;
using System.Text;
using System.Text.Unicode;
using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Connections.Files;

/// <summary>Takes a close code and a reason (RFC 6455 section 7.4).</summary>
internal sealed class CloseHandle(MessagePort port) : FileHandle
{
    private const int CodeBytes = 4;

    // RFC 6455 section 5.5: a control frame has 125 bytes, of which the code takes two.
    private const int MaxReasonBytes = 123;

    // With a space and a line end.
    private readonly byte[] _text = new byte[CodeBytes + 1 + MaxReasonBytes + 1];
    private int _length;

    public override bool CanSeek => false;

    internal override bool MayBorrowGuestMemory => true;

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        if (source.Length > _text.Length - _length) return (FsResult<long>)Errno.FBig;
        source.CopyTo(_text.AsSpan(_length));
        _length += (int)source.Length;
        return (FsResult<long>)source.Length;
    }

    public override async ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        if (reason == CloseReason.Abandoned || _length == 0) return Errno.Success;
        return TryParse(out var status, out var text) ? await port.CloseAsync(status, text, cancellationToken).ConfigureAwait(false) : Errno.Inval;
    }

    // Those that an endpoint may send (RFC 6455 section 7.4.1), and those that are free for applications.
    private static bool MayBeSent(int code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1011) or (>= 3000 and <= 4999);

    private bool TryParse(out WebSocketCloseStatus status, out string reason)
    {
        (status, reason) = (default, string.Empty);
        var text = _text.AsSpan(0, _length);
        if (text[^1] == '\n') text = text[..^1];
        if (!Utf8Parser.TryParse(text, out int code, out var count) || count != CodeBytes || !MayBeSent(code)) return false;
        text = text[count..];
        if (!text.IsEmpty && text[0] != ' ') return false;
        if (!text.IsEmpty) text = text[1..];
        if (text.Length > MaxReasonBytes || !Utf8.IsValid(text)) return false;
        (status, reason) = ((WebSocketCloseStatus)code, Encoding.UTF8.GetString(text));
        return true;
    }
}
