using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>One run of <see cref="Scripts.Commit"/>, which may be sent again and again. Not thread-safe: it is sent once at a time.</summary>
/// <param name="keys">The keys.</param>
/// <param name="arguments">The arguments of the first time.</param>
/// <param name="isRepeated">Whether a call of the same number was sent before.</param>
internal sealed class CommitCall(RedisKey[] keys, RedisValue[] arguments, bool isRepeated)
{
    private RedisValue[] _arguments = arguments;
    private bool _isRepeated = isRepeated;

    public RedisKey[] Keys => keys;

    /// <summary>The arguments of the next time that it is sent.</summary>
    public RedisValue[] NextArguments()
    {
        if (_isRepeated && _arguments[CommitArguments.IsRepeated].IsNullOrEmpty)
        {
            // A copy, because an earlier message may still hold the array.
            _arguments = [.. _arguments];
            _arguments[CommitArguments.IsRepeated] = 1;
        }

        _isRepeated = true;
        return _arguments;
    }
}
