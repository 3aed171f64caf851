using WasiCloud.Embedding.Redis.KeyValue;

namespace WasiCloud.Embedding.Redis.Server;

/// <summary>What the scripts of a scope have in common: what they begin with.</summary>
internal static class ScriptPrologue
{
    // A scope begins with the time, in quarters of a millisecond since 2026. Revisions stay below the time, and so a later beginning is above them, as long as
    // there were no more than 4,000 commits a second since the first; and fencing tokens, which have 43 bits for a revision, are enough until 2095.
    private const string FirstMilliseconds = "1767225600000";
    private const string RevisionsPerMillisecond = "4";

    /// <summary>
    /// The Lua. At most 500 expired entries and tokens are deleted by one run, and 10,000 changes, which is the server's own limit, so that none takes long.
    /// </summary>
    public const string Text = $$"""
        local state, index, expiry, history = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
        local base = ARGV[1]
        local entries = base .. 'e:'
        local call, format = redis.call, string.format
        local found = call('HMGET', state, 'layout', 'revision', 'origin')
        if found[1] and found[1] ~= '{{Scripts.Layout}}' then
          return redis.error_reply('WASILAYOUT {{Scripts.LayoutProblem}}' .. found[1] .. '{{Scripts.LayoutAdvice}}')
        end
        local function clock()
          local time = call('TIME')
          return time[1] * 1000 + math.floor(time[2] / 1000)
        end

        -- A scope that is not there, because it is new or because the server has lost it, begins with a revision above all that it may have had.
        local loaded, origin = tonumber(found[2] or '-1'), tonumber(found[3] or '0')
        if loaded < 0 then origin = math.max(0, (clock() - {{FirstMilliseconds}}) * {{RevisionsPerMillisecond}}) end
        local revision, ordinal, recorded, limit = math.max(loaded, origin), 0, 0, ARGV[2]

        local function record(kind, key)
          call('XADD', history, format('%.0f-%d', revision, ordinal), kind, key)
          ordinal, recorded = ordinal + 1, recorded + 1
        end

        -- Deletes what has expired, as a commit of its own. Returns the milliseconds until the next entry expires, 0 if some already have, or -1 if none will.
        local function sweep()
          local first = call('ZRANGE', expiry, 0, 0, 'WITHSCORES')
          if not first[1] then return -1 end
          local now = clock()
          if tonumber(first[2]) > now then return tonumber(first[2]) - now end
          local due = call('ZRANGEBYSCORE', expiry, '-inf', now, 'LIMIT', 0, 500)
          revision, ordinal = revision + 1, 0
          for _, key in ipairs(due) do
            -- First what needs no memory: a server that has none left refuses a script's writes up to the first of these, and none after it.
            call('UNLINK', entries .. key)
            record('d', key)
            call('ZREM', index, key)
          end
          call('ZREMRANGEBYRANK', expiry, 0, #due - 1)
          first = call('ZRANGE', expiry, 0, 0, 'WITHSCORES')
          return first[1] and math.max(tonumber(first[2]) - now, 0) or -1
        end

        local function announce()
          if revision == loaded then return end
          call('HSET', state, 'layout', '{{Scripts.Layout}}', 'revision', format('%.0f', revision))
          if loaded < 0 then call('HSET', state, 'origin', format('%.0f', origin)) end
          call('PUBLISH', base .. 'changed', '')

          -- Now and then, because it costs as much as the change.
          if recorded >= 64 or math.floor(revision / 64) ~= math.floor(loaded / 64) then call('XTRIM', history, 'MAXLEN', '~', limit) end
        end


        """;
}
