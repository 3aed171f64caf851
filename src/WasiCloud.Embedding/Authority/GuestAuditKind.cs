namespace WasiCloud.Embedding.Authority;

/// <summary>What an entry of the audit tells.</summary>
public enum GuestAuditKind
{
    /// <summary>A guest was refused what it asked for.</summary>
    Denied,

    /// <summary>A guest got the value of a secret.</summary>
    SecretRead,

    /// <summary>What guests may do was changed.</summary>
    PolicyChanged,

    /// <summary>A guest made a call to the outside.</summary>
    OutboundCall,
}
