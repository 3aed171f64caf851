namespace WasiCloud.Embedding.Authority;

/// <summary>What an entry of the audit tells.</summary>
public enum GuestAuditKind
{
    /// <summary>A guest was refused what it asked for.</summary>
    Denied,

    /// <summary>A guest got the value of a secret.</summary>
    SecretRead,

    /// <summary>A module was loaded with another policy than the last one of its name had: <c>Detail</c> has the lines that came (+) and went (-).</summary>
    PolicyChanged,

    /// <summary>A guest made a call to the outside.</summary>
    OutboundCall,
}
