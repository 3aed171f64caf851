namespace WasiCloud.Embedding.Rpc;

/// <summary>What a guest may do with a service. What it may not do does not exist for it.</summary>
[Flags]
public enum RpcAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Call it, through <c>/beta/rpc/&lt;service&gt;/call</c>.</summary>
    Call = 1,

    /// <summary>Serve it, through <c>/beta/rpc/&lt;service&gt;/accept</c>.</summary>
    Serve = 2,
}
