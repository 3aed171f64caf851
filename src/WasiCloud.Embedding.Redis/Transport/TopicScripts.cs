using WasiCloud.Embedding.Redis.Server;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>The Lua that runs in the server for topics; its keys are told of at <see cref="TransportScripts"/>.</summary>
internal static class TopicScripts
{
    /// <summary>
    /// Publishes a message: topic, how many are kept, message, how many bytes are. Returns its number. The lengths are in a list of their own, so that nothing
    /// is read to be forgotten; of messages that
    /// hosts of earlier versions publish only the number counts.
    /// </summary>
    public static readonly Script Publish = new(TransportScripts.Common + """

        local topic = base .. 't:' .. ARGV[2] .. ':'
        local count = call('INCR', topic .. 'count')
        if count == 1 then call('SET', topic .. 'epoch', time[1] .. '-' .. time[2]) end
        call('XADD', topic .. 'messages', 'MAXLEN', '~', ARGV[3], string.format('%.0f-1', count), 'm', ARGV[4])
        local bytes, kept = call('INCRBY', topic .. 'bytes', #ARGV[4]), call('RPUSH', topic .. 'sizes', string.format('%.0f %.0f', count, #ARGV[4]))
        local last, freed, steps = nil, 0, 0
        while steps < 256 and kept > 1 and (bytes - freed > tonumber(ARGV[5]) or kept > tonumber(ARGV[3])) do
          local id, size = string.match(call('LPOP', topic .. 'sizes'), '^(%d+) (%d+)$')
          last, freed, steps, kept = id, freed + tonumber(size), steps + 1, kept - 1
        end
        if last then
          call('DECRBY', topic .. 'bytes', freed)
          call('XTRIM', topic .. 'messages', 'MINID', string.format('%.0f-1', tonumber(last) + 1))
        end
        for _, name in ipairs({'count', 'epoch', 'messages', 'bytes', 'sizes'}) do call('PEXPIRE', topic .. name, day) end
        call('PUBLISH', topic .. 'published', '')
        return count
        """);

    /// <summary>
    /// Reads messages: topic, after which, how many. Returns the number of the last there is, the epoch of the numbers, and number and message of each.
    /// </summary>
    public static readonly Script Read = new(TransportScripts.Common + $$"""

        local topic = base .. 't:' .. ARGV[2] .. ':'
        local result = {call('GET', topic .. 'count') or '0', call('GET', topic .. 'epoch') or ''}
        local after, left, bytes = ARGV[3] .. '-1', tonumber(ARGV[4]), 0
        while left > 0 and bytes < {{TransportScripts.MaxReplyBytes}} do
          local entry = call('XRANGE', topic .. 'messages', '(' .. after, '+', 'COUNT', 1)[1]
          if not entry then break end
          result[#result + 1] = string.match(entry[1], '^%d+')
          result[#result + 1] = entry[2][2]
          after, bytes, left = entry[1], bytes + #entry[2][2], left - 1
        end
        return result
        """);
}
