namespace WasiCloud.Embedding.KeyValue;

/// <summary>What must hold for a key before an operation. The default value requires nothing.</summary>
public readonly record struct KeyValueCondition
{
    private const long AbsentRevision = -1;
    private const long PresentRevision = -2;

    private KeyValueCondition(long revision) => Code = revision;

    /// <summary>The key must not exist (an expired entry does not).</summary>
    public static KeyValueCondition Absent { get; } = new(AbsentRevision);

    /// <summary>The key must exist, at any revision.</summary>
    public static KeyValueCondition Present { get; } = new(PresentRevision);

    /// <summary>The revision that is required, or <see langword="null"/> if none is.</summary>
    public long? Revision => Code > 0 ? Code : null;

    // 0 requires nothing, above 0 is a revision, below 0 one of the constants.
    private long Code { get; }

    /// <summary>The key must exist at exactly this revision.</summary>
    /// <param name="revision">A revision, more than 0; 0 means <see cref="Absent"/>, so that "the revision I saw" works for keys that were not there.</param>
    /// <returns>The condition.</returns>
    public static KeyValueCondition AtRevision(long revision)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(revision);
        return revision == 0 ? Absent : new(revision);
    }

    /// <summary>Tests the condition.</summary>
    /// <param name="currentRevision">The revision of the existing entry, or 0 if there is none.</param>
    /// <returns>Whether it holds.</returns>
    public bool IsMetBy(long currentRevision) => Code switch
    {
        0 => true,
        AbsentRevision => currentRevision == 0,
        PresentRevision => currentRevision != 0,
        _ => currentRevision == Code,
    };
}
