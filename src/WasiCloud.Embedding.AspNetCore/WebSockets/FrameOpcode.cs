namespace WasiCloud.Embedding.AspNetCore.WebSockets;

/// <summary>What a frame is (RFC 6455 section 5.2). The others are reserved.</summary>
internal enum FrameOpcode
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}
