using System.Text;

namespace WasiCloud.Embedding.AspNetCore.Tests.WebSockets;

/// <summary>Makes up what a client sends: messages in fragments, control frames in between, a close frame, and perhaps one thing that is forbidden.</summary>
internal sealed class FrameGenerator(Random random, int maxMessageBytes)
{
    private static readonly string[] Characters = ["a", "\u00e9", "\u6c34", "\ud834\udd1e"];
    private static readonly int[] Codes =
        [0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1011, 1012, 1014, 1015, 1016, 2999, 3000, 3999, 4000, 4999, 5000, 65_535];

    // What is no UTF-8 (RFC 3629): a lone continuation, overlong forms, surrogates, too large, cut off.
    private static readonly byte[][] NoText =
    [
        [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8], [0xFF],
        [0xC3], [0xE6, 0xB0], [0xF0, 0x9D, 0x84],
    ];

    /// <summary>Frames that end with a close frame or with something that is forbidden.</summary>
    public List<WireFrame> Sequence()
    {
        var frames = new List<WireFrame>();
        for (var message = random.Next(4); message > 0; message--) AddMessage(frames);
        AddControl(frames);
        frames.Add(CloseFrame());
        if (random.Next(2) == 0) Break(frames);
        return frames;
    }

    private void AddMessage(List<WireFrame> frames)
    {
        var isText = random.Next(3) > 0;
        byte[] rest = isText ? Text(Length()) : Bytes(Length());

        // Cut anywhere, also within a character; and into pieces of nothing.
        for (var (opcode, left) = (isText ? WireFrame.Text : WireFrame.Binary, random.Next(4)); ; (opcode, left) = (WireFrame.Continuation, left - 1))
        {
            var length = left == 0 ? rest.Length : random.Next(3) == 0 ? 0 : random.Next(rest.Length + 1);
            frames.Add(new WireFrame(opcode, rest[..length], IsFinal: left == 0));
            if (left == 0) return;
            rest = rest[length..];
            AddControl(frames);
        }
    }

    private void AddControl(List<WireFrame> frames)
    {
        while (random.Next(3) == 0) frames.Add(new WireFrame(Pick([WireFrame.Ping, WireFrame.Pong]), Bytes(random.Next(4) == 0 ? 125 : random.Next(20))));
    }

    private WireFrame CloseFrame() => random.Next(5) switch
    {
        0 => new WireFrame(WireFrame.Close, []),
        1 => new WireFrame(WireFrame.Close, Bytes(1)),
        2 => WireFrame.CloseWith(1000, Pick(NoText)),
        3 => WireFrame.CloseWith(Pick(Codes), Text(random.Next(123))),
        _ => WireFrame.CloseWith(Pick(Codes), []),
    };

    private void Break(List<WireFrame> frames)
    {
        var index = random.Next(frames.Count);
        var frame = frames[index];
        switch (random.Next(9))
        {
            case 0:
                frames[index] = frame with { Reserved = random.Next(1, 8) };
                break;
            case 1:
                frames[index] = frame with { Opcode = Pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) };
                break;
            case 2:
                frames[index] = frame with { IsMasked = false };
                break;
            case 3:
                frames[index] = frame with { LengthBytes = Pick([2, 8]) };
                break;
            case 4:
                frames[index] = frame with { LengthBytes = 8, HasSign = true };
                break;
            case 5:
                frames.Insert(index, new WireFrame(Pick([WireFrame.Close, WireFrame.Ping, WireFrame.Pong]), Bytes(Pick([126, 127, 200]))));
                break;
            case 6:
                frames[index] = frame with { IsFinal = !frame.IsFinal };
                break;
            case 7:
                frames.Insert(index, new WireFrame(Pick([WireFrame.Continuation, WireFrame.Text, WireFrame.Binary]), Text(3), random.Next(2) == 0));
                break;
            default:
                frames[index] = frame with { Payload = [.. frame.Payload, .. Pick(NoText)] };
                break;
        }
    }

    private int Length() => random.Next(6) switch
    {
        0 => 0,
        1 => Pick([124, 125, 126, 127]),
        2 => Pick([maxMessageBytes - 1, maxMessageBytes, maxMessageBytes + 1]),
        _ => random.Next(60),
    };

    // So many bytes of text, as far as its characters allow.
    private byte[] Text(int length)
    {
        var text = new StringBuilder();
        while (Encoding.UTF8.GetByteCount(text.ToString()) + 4 < length && text.Length < 64) text.Append(Pick(Characters));
        return [.. Encoding.UTF8.GetBytes(text.ToString()), .. Enumerable.Repeat((byte)'x', Math.Max(0, length - Encoding.UTF8.GetByteCount(text.ToString())))];
    }

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private T Pick<T>(T[] choices) => choices[random.Next(choices.Length)];
}
