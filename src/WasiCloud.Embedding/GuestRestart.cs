namespace WasiCloud.Embedding;

/// <summary>When the guest of a daemon is started again.</summary>
public enum GuestRestart
{
    /// <summary>However it ended.</summary>
    Always,

    /// <summary>If it failed: it trapped, exceeded a limit, or exited with another code than 0.</summary>
    OnFailure,

    /// <summary>Never.</summary>
    Never,
}
