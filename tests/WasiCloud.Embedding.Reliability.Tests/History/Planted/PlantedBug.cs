namespace WasiCloud.Embedding.Reliability.Tests.History.Planted;

/// <summary>What a store may do wrong, and what the checks must find.</summary>
public enum PlantedBug
{
    /// <summary>Nothing: what the checks must not find.</summary>
    None,

    /// <summary>A write is acknowledged and not made.</summary>
    LosesWrite,

    /// <summary>A write is made again when another has come after it.</summary>
    AppliesWriteTwice,

    /// <summary>What was refused happens when its key has been removed.</summary>
    AppliesRefusedLater,

    /// <summary>A read gives what was there before the last write.</summary>
    ReadsStale,

    /// <summary>A condition on what is there is not looked at.</summary>
    IgnoresCondition,

    /// <summary>What was appended is lost, because somebody else's list is written over it.</summary>
    LosesAppend,

    /// <summary>What was appended is refused and there all the same, so that it is appended again.</summary>
    AppendsTwice,

    /// <summary>Of the writes of a transaction, only the first is made.</summary>
    TearsTransaction,

    /// <summary>What a transaction has only read is not looked at when it is committed.</summary>
    AllowsWriteSkew,

    /// <summary>What a transaction reads is not of one moment.</summary>
    ReadsTransactionStale,

    /// <summary>A transaction is refused and made.</summary>
    AppliesRefusedTransaction,

    /// <summary>A lock that is held is given to another.</summary>
    GivesLockToTwo,

    /// <summary>Versions of locks become less.</summary>
    LetsTokenGoBack,

    /// <summary>A watch does not tell of a commit.</summary>
    LosesChange,

    /// <summary>A watch tells of a change again, with the next one.</summary>
    RepeatsChange,

    /// <summary>A watch tells of two commits in the wrong order.</summary>
    ReordersChanges,

    /// <summary>A watch does not tell of all changes of a commit.</summary>
    TearsChanges,
}
