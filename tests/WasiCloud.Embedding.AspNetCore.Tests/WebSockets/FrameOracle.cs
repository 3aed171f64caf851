using System.Text;

namespace WasiCloud.Embedding.AspNetCore.Tests.WebSockets;

/// <summary>What RFC 6455 says of the bytes that a client has sent, said from its text and not from the code, over all bytes at once.</summary>
internal sealed class FrameOracle
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<byte[]> _messages = [];
    private readonly List<byte[]> _pongs = [];
    private readonly int _maxMessageBytes;
    private readonly byte[] _wire;
    private int _position;
    private List<byte>? _message;
    private bool _isText;

    private FrameOracle(byte[] wire, int maxMessageBytes) => (_wire, _maxMessageBytes) = (wire, maxMessageBytes);

    /// <summary>Messages that are whole and not empty.</summary>
    public IReadOnlyList<byte[]> Messages => _messages;

    /// <summary>The payloads of the pings that are to be answered.</summary>
    public IReadOnlyList<byte[]> Pongs => _pongs;

    /// <summary>The code with which the server closes, or 0 if it waits for more.</summary>
    public int Code { get; private set; }

    /// <summary>Whether the client has said a code (7.1.5).</summary>
    public bool HasCode { get; private set; }

    /// <summary>The reason that the server repeats.</summary>
    public byte[] Reason { get; private set; } = [];

    /// <summary>Whether the client closed it in good order.</summary>
    public bool IsOrderly { get; private set; }

    public static FrameOracle Judge(byte[] wire, int maxMessageBytes)
    {
        var oracle = new FrameOracle(wire, maxMessageBytes);
        while (oracle.Code == 0 && oracle.JudgeFrame())
        {
        }

        return oracle;
    }

    // Whether there was a whole frame.
    private bool JudgeFrame()
    {
        if (!TryTake(2, out var start)) return false;
        var bits = Convert.ToString(start[0], 2).PadLeft(8, '0') + Convert.ToString(start[1], 2).PadLeft(8, '0');
        var (isFinal, opcode, isMasked, length) = (bits[0] == '1', Convert.ToInt32(bits[4..8], 2), bits[8] == '1', (decimal)Convert.ToInt32(bits[9..], 2));

        // 5.2: RSV bits are 0 without an extension; 5.1: a client masks; 5.2: opcodes 3-7 and B-F are reserved.
        if (bits[1..4] != "000" || !isMasked || opcode is not (0 or 1 or 2 or 8 or 9 or 10)) return Fail(1002);

        // 5.5: control frames have 125 bytes or less and are not fragmented.
        if (opcode >= 8 && (length > 125 || !isFinal)) return Fail(1002);
        if (length >= 126)
        {
            var count = length == 126 ? 2 : 8;
            if (!TryTake(count, out var digits)) return false;
            length = digits.Aggregate(0m, static (sum, digit) => (sum * 256) + digit);

            // 5.2: the first bit is 0, and the length is written with as few bytes as can be.
            if (length > long.MaxValue || length < (count == 2 ? 126 : 65_536)) return Fail(1002);
        }

        if (!TryTake(4, out var mask)) return false;

        // 5.4: a message begins with its opcode and goes on with 0, and nothing but control frames comes in between.
        if (opcode < 8 && (opcode == 0) != (_message is not null)) return Fail(1002);
        var payload = _wire.Skip(_position).Take((int)Math.Min(length, int.MaxValue)).Select((value, index) => (byte)(value ^ mask[index % 4])).ToArray();
        _position += payload.Length;
        if (opcode < 8) return JudgeData(opcode, payload, isFinal, isWhole: payload.Length == length);
        if (payload.Length < length) return false;
        if (opcode == 8) JudgeClose(payload);
        if (opcode == 9) _pongs.Add(payload);
        return true;
    }

    private bool JudgeData(int opcode, byte[] payload, bool isFinal, bool isWhole)
    {
        if (_message is null) (_message, _isText) = ([], opcode == 1);
        _message.AddRange(payload);

        // 7.4.1: too big to process, of which enough is there to know it.
        if (_message.Count > _maxMessageBytes) return Fail(1009);
        if (!isWhole) return false;
        if (!isFinal) return true;

        // 5.6 and 8.1: the message is UTF-8, not its frames.
        if (_isText && !IsText([.. _message])) return Fail(1007);
        if (_message.Count > 0) _messages.Add([.. _message]);
        _message = null;
        return true;
    }

    private void JudgeClose(byte[] payload)
    {
        // 5.5.1: no body, or a code of two bytes and a reason of UTF-8; 7.4: which codes there are.
        if (payload.Length == 0)
        {
            (Code, IsOrderly) = (1000, true);
            return;
        }

        var code = payload.Length == 1 ? 0 : (payload[0] * 256) + payload[1];
        var isCode = code is (>= 1000 and < 1015 and not (1004 or 1005 or 1006)) or (>= 3000 and < 5000);
        if (!isCode) Fail(1002);
        else if (!IsText(payload[2..])) Fail(1007);
        else (Code, Reason, IsOrderly, HasCode) = (code, payload[2..], true, true);
    }

    private bool Fail(int code)
    {
        Code = code;
        return false;
    }

    private bool TryTake(int count, out byte[] bytes)
    {
        bytes = [.. _wire.Skip(_position).Take(count)];
        _position += count;
        return bytes.Length == count;
    }

    private static bool IsText(byte[] bytes)
    {
        try
        {
            Strict.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
