namespace WasiCloud.Embedding.Topics;

/// <summary>Limits of <c>/beta/topic</c>. Validated at start-up; not to be changed after that.</summary>
/// <remarks>
/// What guests can make the host hold: each subscription <see cref="MaxQueuedBytes"/> and the message that is being read, of which subscriptions share what is
/// the same; and each guest one message that it waits to publish. There is no limit of topics: guests cannot make any.
/// </remarks>
public sealed class TopicOptions
{
    /// <summary>Bytes of one message; a longer one is <c>EMSGSIZE</c>. Default 64 KiB; 1 B to 1 GiB.</summary>
    public int MaxMessageBytes { get; set; } = 64 << 10;

    /// <summary>Messages that wait for one subscription. Default 256; 1 to 1,000,000.</summary>
    public int MaxQueuedMessages { get; set; } = 256;

    /// <summary>Bytes of the messages that wait for one subscription. Default 1 MiB; <see cref="MaxMessageBytes"/> to 1 TiB.</summary>
    public long MaxQueuedBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Subscriptions of one topic, those of the application included; one more of a guest is <c>ENFILE</c>. The application itself is not refused. Default
    /// 1,024; 1 to 1,000,000.
    /// </summary>
    public int MaxSubscriptions { get; set; } = 1024;

    /// <summary>Topic files that one guest may have open; one more is <c>EMFILE</c>. Default 64; 1 to 65,536.</summary>
    public int MaxOpenTopics { get; set; } = 64;
}
