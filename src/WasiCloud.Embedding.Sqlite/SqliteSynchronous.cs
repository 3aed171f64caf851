namespace WasiCloud.Embedding.Sqlite;

/// <summary>What survives what, once a commit was acknowledged: SQLite's <c>PRAGMA synchronous</c> in write-ahead mode.</summary>
public enum SqliteSynchronous
{
    /// <summary>Commits survive the end of the process but not a power failure, which may even corrupt the file.</summary>
    Off = 0,

    /// <summary>Commits survive the end of the process; after a power failure the latest may be missing, but the file is intact.</summary>
    Normal = 1,

    /// <summary>Commits survive a power failure.</summary>
    Full = 2,
}
