namespace WasiCloud.Embedding.Reliability.History.Faults;

/// <summary>What can happen to hosts, their network and their store.</summary>
internal enum FaultKind
{
    /// <summary>A host is ended by SIGKILL; another takes its place.</summary>
    Kill,

    /// <summary>A host stands still for a while (SIGSTOP).</summary>
    PauseHost,

    /// <summary>A host stands still (SIGSTOP) until the leases of its locks are over.</summary>
    PauseHostForLong,

    /// <summary>The server stands still for a while (SIGSTOP).</summary>
    PauseServer,

    /// <summary>The server's process for one connection stands still for a while (SIGSTOP), with all that it has locked. Only PostgreSQL has such.</summary>
    PauseConnection,

    /// <summary>Nothing passes between a host and the server for a while, and then all of it.</summary>
    Delay,

    /// <summary>The same with one connection, while the others go on.</summary>
    DelayOne,

    /// <summary>All connections of a host are reset, on both sides.</summary>
    Drop,

    /// <summary>All connections of a host are reset, and it gets no new ones for a while.</summary>
    Refuse,

    /// <summary>What passes on one connection is lost for a while, in silence; then the connection is reset.</summary>
    Silence,

    /// <summary>A host's connections are reset, and what it had sent on them comes to the server later, while it goes on with new ones.</summary>
    DeliverLate,

    /// <summary>A host is ended by SIGKILL, and what it had sent comes to the server later.</summary>
    KillAndDeliverLate,
}
