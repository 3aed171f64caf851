using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>The arguments of one run of <see cref="Scripts.Commit"/>. Not thread-safe.</summary>
internal sealed class CommitArguments(ScopeKeys keys, RedisKeyValueOptions options, TimeProvider timeProvider)
{
    private const int PerOperation = 5;

    // Longer than the contract's ten minutes, which a retrying caller may use up to the last second.
    private static readonly RedisValue TokenLife = (long)TimeSpan.FromMinutes(15).TotalMilliseconds;

    private readonly List<RedisValue> _values = [];

    /// <summary>The place of what tells that a call was sent before.</summary>
    public const int IsRepeated = 6;

    /// <summary>Begins a call.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="deadline">The time of the server's clock after which it comes too late.</param>
    public void Begin(long number, DateTimeOffset deadline)
    {
        _values.Clear();
        _values.AddRange([keys.Base, options.HistoryLength, TokenLife, number, options.MaxTokens]);
        _values.AddRange([deadline.ToUnixTimeMilliseconds() + 1, RedisValue.EmptyString]);
    }

    public void Add(KeyValueBatch batch)
    {
        var operations = batch.Operations;
        _values.EnsureCapacity(_values.Count + 2 + (PerOperation * operations.Count));
        _values.Add(batch.IdempotencyToken ?? string.Empty);
        _values.Add(operations.Count);
        var now = default(DateTimeOffset);
        for (var index = 0; index < operations.Count; index++)
        {
            var operation = operations[index];
            var isPut = operation.Kind == KeyValueOperationKind.Put;
            if (isPut && now == default) now = timeProvider.GetUtcNow();
            _values.Add(Letter(operation.Kind));
            _values.Add(Code(operation.Condition));
            _values.Add(operation.Key);
            _values.Add(isPut ? EntryFormat.Encode(operation, now) : RedisValue.EmptyString);
            _values.Add(isPut && operation.Expires is { } expires ? Life(expires - now) : RedisValue.EmptyString);
        }
    }

    // A copy, because a late message may still hold the array when the next call is prepared.
    public RedisValue[] ToArray() => [.. _values];

    /// <summary>Whole milliseconds, at least one, because Redis takes no time to live of less.</summary>
    public static long Life(TimeSpan life) => Math.Max(1, (long)Math.Ceiling(life.TotalMilliseconds));

    private static RedisValue Letter(KeyValueOperationKind kind) => kind switch
    {
        KeyValueOperationKind.Put => "p",
        KeyValueOperationKind.Delete => "d",
        KeyValueOperationKind.Check => "c",
        KeyValueOperationKind.CheckPrefix => "x",
        _ => throw new NotSupportedException($"The operation {kind} is not known."),
    };

    // 0 requires nothing, above 0 is a revision, -1 and -2 are absence and presence.
    private static long Code(KeyValueCondition condition)
    {
        if (condition.Revision is { } revision) return revision;
        if (condition == KeyValueCondition.Absent) return -1;
        return condition == KeyValueCondition.Present ? -2 : 0;
    }
}
