using System.Runtime.InteropServices;
using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>A call of another process that this one has taken.</summary>
/// <param name="Id">The call.</param>
/// <param name="Caller">The process that waits for the response.</param>
/// <param name="Deadline">Until when, by the server's clock, or 0.</param>
/// <param name="OneWay">1 if it does not.</param>
/// <param name="Request">The request.</param>
/// <param name="Holder">This process and the taking: what the call is answered with.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct IncomingCall(string Id, RedisValue Caller, RedisValue Deadline, RedisValue OneWay, RedisValue Request, string Holder)
{
    /// <summary>How many values of a reply are one call.</summary>
    public const int Values = 5;

    public bool IsOneWay => OneWay == 1;

    public static IncomingCall Parse(ReadOnlySpan<RedisValue> values, string holder) =>
        new((string)values[0]!, values[1], values[2], values[3], values[4], holder);
}
