namespace WasiCloud.Embedding.Topics;

/// <summary>What a guest may do with a topic.</summary>
[Flags]
public enum TopicAccess
{
    /// <summary>Nothing: it does not exist for the guest.</summary>
    None = 0,

    /// <summary>Publish, by writing.</summary>
    Publish = 1,

    /// <summary>Receive, by reading.</summary>
    Subscribe = 2,
}
