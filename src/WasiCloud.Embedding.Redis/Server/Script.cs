using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis.Server;

/// <summary>A script, named to the server by its hash; its text is sent only to a server that does not have it.</summary>
internal sealed class Script(string text)
{
#pragma warning disable CA5350 // The protocol names scripts by SHA-1; nothing depends on its strength.
    private readonly byte[] _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350

    public async Task<RedisResult> RunAsync(IDatabase database, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_hash, keys, arguments, CommandFlags.DemandMaster).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await database.ScriptEvaluateAsync(text, keys, arguments, CommandFlags.DemandMaster).ConfigureAwait(false);
        }
    }
}
