using WasiCloud.Embedding.Redis.Server;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>The Lua that runs in the server.</summary>
/// <remarks>
/// KEYS are those of <see cref="ScopeKeys.Shared"/> (the commit has a fifth); ARGV[1] is <see cref="ScopeKeys.Base"/>, from which the keys of entries and
/// tokens are made, all in the same slot. Revisions are Lua's numbers, exact up to 2^53: enough for a million commits a second during 285 years. They are
/// written with %.0f because Lua's own conversion rounds to 14 digits. Revisions follow each other without gaps, and so do the ordinals of a revision's
/// changes, so what was trimmed from the history shows by itself and is recorded nowhere.
/// </remarks>
internal static class Scripts
{
    /// <summary>The version of the layout of keys and of entries; a scope of another version is not touched.</summary>
    public const string Layout = "1";

    /// <summary>What is said, before and after the version found, of a scope of another layout.</summary>
    public const string LayoutProblem = "the scope has layout version ";

    /// <summary>The end of <see cref="LayoutProblem"/>.</summary>
    public const string LayoutAdvice = $", but this version of WasiCloud.Embedding.Redis knows only {Layout}; update the package.";

    /// <summary>How many changes the prefix checks of one batch may read, else they fail; for each distinct length of a prefix a quarter more.</summary>
    public const int MaxCheckSteps = 4096;

    // About what the server needs for an entry besides its key and value, so that many small ones do not pass for one that is as long.
    private const int EntryBytes = 128;

    /// <summary>
    /// Takes no ARGV and returns INFO of the server and its memory, the scope's layout or nothing, and the types of KEYS; for servers that are too old as well.
    /// </summary>
    public static Script Describe { get; } = new("""
        local found = {redis.call('INFO', 'server'), redis.call('INFO', 'memory'), ''}
        for i, key in ipairs(KEYS) do found[3 + i] = redis.call('TYPE', key).ok end
        if found[4] == 'hash' then found[3] = redis.call('HGET', KEYS[1], 'layout') or '' end
        return found
        """);

    /// <summary>ARGV: base, history length. Makes the scope if it is not there. Returns its revision, and that with which it began.</summary>
    public static Script Begin { get; } = new(ScriptPrologue.Text + """
        announce()
        return {format('%.0f', revision), format('%.0f', origin)}
        """);

    /// <summary>ARGV: base, history length. Returns what <c>sweep</c> does.</summary>
    public static Script Sweep { get; } = new(ScriptPrologue.Text + """
        local wait = sweep()
        announce()
        return wait
        """);

    /// <summary>
    /// ARGV: base, lower and upper end for ZRANGEBYLEX, how many. Returns keys and headers by turns; the header of an entry that has expired but is not swept
    /// is empty.
    /// </summary>
    public static Script List { get; } = new("""
        local keys = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
        local page = {}
        for i, key in ipairs(keys) do
          page[2 * i - 1] = key
          page[2 * i] = redis.call('GETRANGE', ARGV[1] .. 'e:' .. key, 0, 27)
        end
        return page
        """);

    /// <summary>
    /// Applies batches one after the other, each by itself. KEYS[5] is <see cref="ScopeKeys.Writer"/>. ARGV: base, history length, milliseconds for which
    /// tokens and results are kept, number of the call, how many tokens are kept at most, the server's time in milliseconds after which the call comes too
    /// late, <c>1</c> if it was sent before, and for each batch its token or nothing, the number of its operations, and for each operation five: kind,
    /// condition (as in <see cref="CommitArguments"/>), key, header without revision and value, milliseconds to live or nothing.
    /// Returns 8 bytes of the server's time in milliseconds and a letter. L: it came too late. S: not all expired entries could be deleted. Then no batch was
    /// applied. R: there follow for each batch 8 bytes of revision and 4 of the operation that failed (-1: none, -2: the batch failed with an error, -3: its
    /// token is one too many, -4: it needs memory that the server does not have), and the text of the first error, if any.
    /// </summary>
    /// <remarks>
    /// What a call returned is kept with its number until the writer's next call. So a call that is repeated because its reply was lost is answered from there,
    /// and one that was overtaken, by its own repetition or by a later one, changes nothing whenever it arrives. That everything was refused is kept only of a
    /// call that was sent before: no other copy can come of the first, once that is answered.
    /// </remarks>
    public static Script Commit { get; } = new(ScriptPrologue.Text + $$"""
        local writer, life, number = KEYS[5], ARGV[3], tonumber(ARGV[4])
        local time = clock()
        local told = struct.pack('>I8', time)
        local last = call('GET', writer)
        if last then
          local known = struct.unpack('>I8', last)
          if known == number then return told .. 'R' .. string.sub(last, 9) end
          if known > number then return redis.error_reply('WASISTALE') end
        end
        if time > tonumber(ARGV[6]) then return told .. 'L' end

        -- Whether the server has no memory left. It would refuse what needs some up to a script's first write, whatever that is, and nothing after it; so it is
        -- asked before that, by a call that changes nothing, and from then on this script judges each batch by itself.
        local asked = redis.pcall('ZADD', index, 'XX', 0, '')
        local isFull = type(asked) == 'table' and string.find(asked.err or '', 'OOM', 1, true) ~= nil
        if isFull then redis.pcall('ZREM', index, '') end
        if sweep() == 0 then
          announce()
          return told .. 'S'
        end

        local none = string.rep('\0', 8)
        local isWritten, isTouched = revision ~= loaded, false
        local results = {}
        local position = 8
        local tokens = base .. 'tokens'

        -- Whether no more tokens can be remembered. They are keys of their own, which end by themselves, and counted by when they do.
        local function hasTooManyTokens()
          local ended = call('ZCOUNT', tokens, '-inf', clock())
          if ended > 0 then call('ZREMRANGEBYRANK', tokens, 0, math.min(ended, 500) - 1) end
          return call('ZCARD', tokens) >= tonumber(ARGV[5])
        end

        -- The prefixes of a batch that can have changed: the earliest revision and the first operation of each, their distinct lengths, the earliest revision
        -- of all, and how many operations were looked at: up to one that is ahead of the store, which has failed if none before it has.
        local function prefixes(first, count)
          local sought, lengths, since = {}, {}, revision
          local isKnown = {}
          for i = 0, count - 1 do
            local at = first + 5 * i
            if ARGV[at] == 'x' then
              local from, prefix = tonumber(ARGV[at + 1]), ARGV[at + 2]
              if from <= 0 then from = origin end
              if from > revision then
                count = i
                break
              end
              local known = sought[prefix]
              if from < revision and not known then
                sought[prefix] = {since = from, operation = i}
                if not isKnown[#prefix] then
                  isKnown[#prefix] = true
                  lengths[#lengths + 1] = #prefix
                end
              elseif from < revision and from < known.since then
                known.since = from
              end
              since = math.min(since, from)
            end
          end
          table.sort(lengths)
          return sought, lengths, since, count
        end

        -- Returns the first operation whose prefix has changed, or most. One pass over the changes for all prefixes; what takes more steps than a call may is
        -- taken for changed.
        local function changed(first, most)
          local sought, lengths, since, count = prefixes(first, most)
          if since == revision then return count end
          local firstPrefix = count
          for _, prefix in pairs(sought) do firstPrefix = math.min(firstPrefix, prefix.operation) end
          if revision - since > {{MaxCheckSteps}} then return firstPrefix end
          local from = format('%.0f-0', since + 1)
          local isFirst, steps, failed = true, 0, count
          while true do
            local page = call('XRANGE', history, from, '+', 'COUNT', 200)
            if isFirst and (not page[1] or page[1][1] ~= from) then return firstPrefix end
            isFirst = false
            for _, change in ipairs(page) do
              local key, at = change[2][2], nil
              steps = steps + 1
              for _, length in ipairs(lengths) do
                if length > #key then break end
                steps = steps + 0.25
                local prefix = sought[string.sub(key, 1, length)]
                if prefix and prefix.operation < failed then
                  at = at or tonumber(string.match(change[1], '^%d+'))
                  if at > prefix.since then failed = prefix.operation end
                end
              end
              if steps > {{MaxCheckSteps}} then return math.min(failed, firstPrefix) end
            end
            if failed == firstPrefix or #page < 200 then return failed end
            from = '(' .. page[#page][1]
          end
        end

        local function holds(condition, old)
          if condition == 0 then return true end
          if condition == -1 then return not old end
          if condition == -2 then return old ~= nil end
          return old ~= nil and struct.unpack('>I8', old) == condition
        end

        -- Whether a batch needs memory that it does not give back: what a full server still does is to delete, to overwrite with no more, and to rename.
        local function grows(first, count, olds)
          local bytes = 0
          for i = 0, count - 1 do
            local at = first + 5 * i
            local kind, key = ARGV[at], ARGV[at + 2]
            if kind == 'p' then bytes = bytes + {{EntryBytes}} + #key + 8 + #ARGV[at + 3] end
            if olds[i] and (kind == 'p' or kind == 'd') then bytes = bytes - {{EntryBytes}} - #key - call('STRLEN', entries .. key) end
          end
          return bytes > 0
        end

        -- Returns which operation's condition does not hold, or -1, or -4.
        local function apply(first, count)
          local olds, hasPrefixes = {}, false
          for i = 0, count - 1 do
            local at = first + 5 * i
            local kind, key = ARGV[at], ARGV[at + 2]
            if kind == 'x' then
              hasPrefixes = true
            else
              local old = call('GETRANGE', entries .. key, 0, 23)
              if old ~= '' then olds[i] = old end
              if not holds(tonumber(ARGV[at + 1]), olds[i]) then
                local failed = hasPrefixes and changed(first, i) or i
                return failed
              end
            end
          end
          if hasPrefixes then
            local failed = changed(first, count)
            if failed < count then return failed end
          end

          if isFull and grows(first, count, olds) then return -4 end
          local isChanged = false
          for i = 0, count - 1 do
            local at = first + 5 * i
            local kind, key, old = ARGV[at], ARGV[at + 2], olds[i]
            if kind == 'p' or (kind == 'd' and old) then
              if not isChanged then
                isChanged = true
                revision, ordinal = revision + 1, 0
              end
              if kind == 'd' then
                call('UNLINK', entries .. key)
                call('ZREM', index, key)
                call('ZREM', expiry, key)
              else
                local value, ttl = struct.pack('>I8', revision) .. ARGV[at + 3], ARGV[at + 4]
                if ttl ~= '' then
                  local due = clock() + ttl
                  call('SET', entries .. key, value, 'PXAT', due)
                  call('ZADD', expiry, due, key)
                else
                  call('SET', entries .. key, value)
                  if not old or string.sub(old, 17, 24) ~= none then call('ZREM', expiry, key) end
                end
                if not old then call('ZADD', index, 0, key) end
              end
              isTouched = true
              record(kind, key)
            end
          end
          return -1
        end

        -- Returns a batch's revision and what failed.
        local function run(token, count)
          local known = token ~= '' and call('GET', base .. 't:' .. token)
          if known then return tonumber(known), -1 end
          if token ~= '' and hasTooManyTokens() then return revision, -3 end
          local failed = apply(position + 2, count)
          if failed == -1 and token ~= '' then
            call('SET', base .. 't:' .. token, format('%.0f', revision), 'PX', life)
            call('ZADD', tokens, clock() + life, token)
            call('PEXPIRE', tokens, life)
            isTouched = true
          end
          return revision, failed
        end

        -- An error hits one batch, and leaves nothing of it: nothing of a batch is written before all of it was read.
        local problem = ''
        while position <= #ARGV do
          local before, count = revision, tonumber(ARGV[position + 1])
          isTouched = false
          local ok, at, failed = pcall(run, ARGV[position], count)
          if not ok then
            if problem == '' then problem = type(at) == 'table' and at.err or tostring(at) end
            if not isTouched then revision = before end
            at, failed = revision, -2
          end
          isWritten = isWritten or isTouched
          results[#results + 1] = struct.pack('>I8i4', at, failed)
          position = position + 2 + 5 * count
        end
        announce()
        local reply = table.concat(results) .. problem
        if isWritten or ARGV[7] == '1' then call('SET', writer, struct.pack('>I8', number) .. reply, 'PX', life) end
        return told .. 'R' .. reply
        """);
}
