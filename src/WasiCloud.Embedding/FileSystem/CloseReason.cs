namespace WasiCloud.Embedding.FileSystem;

/// <summary>Why a handle is closed.</summary>
public enum CloseReason
{
    /// <summary>The guest closed it, or ended by itself: buffered content is committed and a failure is reported.</summary>
    Closed,

    /// <summary>The guest trapped or was killed: nothing it had not closed may become visible. Release resources only.</summary>
    Abandoned,
}
