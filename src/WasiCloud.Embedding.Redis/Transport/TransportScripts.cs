using WasiCloud.Embedding.Redis.Server;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>The Lua that runs in the server.</summary>
/// <remarks>
/// <para>
/// Below the base, ARGV[1]: <c>hosts</c>, a sorted set of processes by the end of their lease (milliseconds of the server's clock); <c>inbox:host</c>, a list
/// of what a process is to be told, four values for each, and <c>inbox:host:bytes</c>;
/// <c>taken:call</c>, the process whose server has a call and the number of the taking (<c>takes</c>); for each service <c>s:name:servers</c> as <c>hosts</c>,
/// <c>s:name:queue</c>, a list of calls that no process has taken, <c>s:name:calls</c>, a hash of their requests, <c>s:name:bytes</c> and
/// <c>s:name:last:host</c>, what a process took last, and <c>s:name:runs:host</c>, the run of the script before which none may come any more;
/// <c>withdrawn:call</c>, of a call that may yet be sent though nobody waits for it; for each topic <c>t:name:count</c>, <c>t:name:epoch</c>, which
/// differs when the count has begun anew, the stream <c>t:name:messages</c>, whose ids are the count, and the list <c>t:name:sizes</c> of ids and lengths
/// with their sum <c>t:name:bytes</c>. Every key ends by itself when nobody has used it for long enough.
/// </para>
/// <para>
/// Every script does one step of a call entirely or not at all, and each step at most once: a call leaves the queue for one process, and its <c>taken</c> goes
/// with the one thing that its caller is told.
/// </para>
/// </remarks>
internal static class TransportScripts
{
    /// <summary>Tells a process that its call has ended: call, error or nothing, response.</summary>
    public const string Response = "r";

    /// <summary>Tells a process that nobody waits for a call any more.</summary>
    public const string Withdrawal = "c";

    /// <summary>What a script says that came after its time, which is the last argument of all.</summary>
    public const string Late = "WASILATE";

    /// <summary>What a call is if neither the queue nor a process has it.</summary>
    public const string Gone = "gone";

    // A script returns, or looks at, no more once it has so many bytes of messages: what it returns is that and the last of them.
    public const string MaxReplyBytes = "1048576";

    // So many calls that are over, or are to be refused, one script looks at.
    private const string MaxSteps = "256";

    // What waits for one process: 65,536 messages, and 64 MiB of responses and the last one.
    private const string MaxInboxValues = "262144";
    private const string MaxInboxBytes = "67108864";

    public const string Common = $$"""
        local base, call, day = ARGV[1], redis.call, 86400000
        local time = call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)

        -- What comes when its sender has given up does nothing.
        if now > tonumber(table.remove(ARGV)) then return redis.error_reply('{{Late}}') end

        local function lives(host)
          return tonumber(call('ZSCORE', base .. 'hosts', host) or '0') > now
        end

        -- A process that is dead reads nothing any more. One that reads nothing, because it has died just now, is not told more and more: its calls have failed
        -- then, as it learns when it looks for them.
        local function tell(host, kind, id, code, payload)
          if not lives(host) then return end
          local inbox = base .. 'inbox:' .. host
          local waiting = call('LLEN', inbox)
          if waiting == 0 then call('DEL', inbox .. ':bytes') end
          if waiting >= {{MaxInboxValues}} or tonumber(call('GET', inbox .. ':bytes') or '0') >= {{MaxInboxBytes}} then return end
          call('RPUSH', inbox, kind, id, code, payload)
          call('INCRBY', inbox .. ':bytes', #payload)
          call('PEXPIRE', inbox, 60000)
          call('PEXPIRE', inbox .. ':bytes', 60000)
          call('PUBLISH', inbox, '')
        end

        local function keep(key, duration)
          if call('PTTL', key) < duration then call('PEXPIRE', key, duration) end
        end

        -- Ends a taking of a call, if it has not ended: the one right to say what became of it.
        local function release(id, holder)
          return call('GET', base .. 'taken:' .. id) == holder and call('DEL', base .. 'taken:' .. id) == 1
        end

        local function isServed(service)
          return call('ZCOUNT', service .. 'servers', '(' .. string.format('%.0f', now), '+inf') > 0
        end

        -- A call in the queue: who calls, its deadline or 0, whether it is one-way, its request.
        local function open(packed)
          local _, last, host, deadline, oneWay = string.find(packed, '^(%S+) (%d+) (%d) ')
          return host, tonumber(deadline), oneWay, string.sub(packed, last + 1)
        end

        local function enqueue(service, id, host, deadline, oneWay, request, push)
          call('HSET', service .. 'calls', id, string.format('%s %.0f %s ', host, deadline, oneWay) .. request)
          call(push, service .. 'queue', id)
          call('INCRBY', service .. 'bytes', #request)
          local duration = deadline == 0 and 30 * day or deadline - now + 60000
          keep(service .. 'calls', duration)
          keep(service .. 'queue', duration)
          keep(service .. 'bytes', duration)
          call('PUBLISH', service .. 'called', '')
        end

        -- Takes a call out of the queue's requests; the queue itself may still name it.
        local function remove(service, id)
          local packed = call('HGET', service .. 'calls', id)
          if not packed then return end
          local host, deadline, oneWay, request = open(packed)
          call('HDEL', service .. 'calls', id)
          call('DECRBY', service .. 'bytes', #request)
          return host, deadline, oneWay, request
        end

        -- Takes a call out of the queue, if it waits there.
        local function withdraw(service, id)
          if not remove(service, id) then return false end
          call('LREM', service .. 'queue', 1, id)
          return true
        end

        -- Refuses what waits, or some of it. Returns whether that is all.
        local function refuseAll(service)
          local bytes = 0
          for step = 1, {{MaxSteps}} do
            local id = bytes < {{MaxReplyBytes}} and call('LPOP', service .. 'queue')
            if not id then break end
            local host, _, oneWay, request = remove(service, id)
            if host then bytes = bytes + #request end
            if host and oneWay == '0' then tell(host, '{{Response}}', id, 'Refused', '') end
          end
          if call('LLEN', service .. 'queue') > 0 then return false end
          call('UNLINK', service .. 'queue', service .. 'calls', service .. 'bytes')
          return true
        end
        """;

    /// <summary>
    /// Puts a call into the queue: service, call, host, milliseconds or 0, whether one-way, most calls, most bytes, request, lease. Returns <c>sent</c>,
    /// <c>none</c> without a server, or <c>full</c>. Whoever calls lives, also if the server has forgotten it.
    /// </summary>
    public static readonly Script Send = new(Common + """

        local service, id, host, duration, oneWay, request = base .. 's:' .. ARGV[2] .. ':', ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[9]
        if not isServed(service) or call('EXISTS', base .. 'withdrawn:' .. id) == 1 then return 'none' end
        call('ZADD', base .. 'hosts', now + tonumber(ARGV[10]), host)
        if call('HLEN', service .. 'calls') >= tonumber(ARGV[7]) then return 'full' end
        if tonumber(call('GET', service .. 'bytes') or '0') + #request > tonumber(ARGV[8]) then return 'full' end
        enqueue(service, id, host, duration == 0 and 0 or now + duration, oneWay, request, 'RPUSH')
        return 'sent'
        """);

    /// <summary>
    /// Takes calls out of the queue: service, host, how many, lease, the last taking that this process was told of, the number of this run of the script, and
    /// <c>1</c> if it is not known what became of the run before. One that a later run has overtaken does nothing. Returns this taking, or the last one if
    /// there was nothing to take, and call, caller, deadline, whether one-way and request of each. Calls whose time is over or whose caller is dead are not
    /// given to anybody; those of a taking that the process was not told of have failed.
    /// </summary>
    public static readonly Script Take = new(Common + $$"""

        local service, host, most = base .. 's:' .. ARGV[2] .. ':', ARGV[3], tonumber(ARGV[4])
        local last, runs = service .. 'last:' .. host, service .. 'runs:' .. host
        if tonumber(call('GET', runs) or '0') >= tonumber(ARGV[7]) then return {ARGV[6]} end
        if ARGV[8] == '1' then call('SET', runs, ARGV[7], 'PX', 600000) end
        local before, list = string.match(call('GET', last) or '', '^(%d+)(.*)$')
        if before and before ~= ARGV[6] then
          for id, caller in string.gmatch(list, '(%S+) (%S+)') do
            if release(id, host .. ' ' .. before) then tell(caller, '{{Response}}', id, 'ServerFailed', '') end
          end
          call('DEL', last)
        end
        local result, names, bytes, steps = {ARGV[6]}, {}, 0, 0
        while #names < most and bytes < {{MaxReplyBytes}} and steps < {{MaxSteps}} do
          local id = call('LPOP', service .. 'queue')
          if not id then break end
          steps = steps + 1
          local caller, deadline, oneWay, request = remove(service, id)
          if caller then bytes = bytes + #request end
          if caller and (deadline == 0 or deadline > now) and (oneWay == '1' or lives(caller)) then
            if #names == 0 then result[1] = string.format('%.0f', call('INCR', base .. 'takes')) end
            if oneWay == '0' then call('SET', base .. 'taken:' .. id, host .. ' ' .. result[1], 'PX', deadline == 0 and 30 * day or deadline - now + 60000) end
            names[#names + 1] = id .. ' ' .. caller
            for _, value in ipairs({id, caller, string.format('%.0f', deadline), oneWay, request}) do result[#result + 1] = value end
          end
        end
        if #names > 0 then
          call('ZADD', base .. 'hosts', now + tonumber(ARGV[5]), host)
          call('SET', last, result[1] .. ' ' .. table.concat(names, ' '), 'PX', 600000)
        elseif most > 0 and steps > 0 and call('LLEN', service .. 'queue') > 0 then

          -- There were only such that are over, so far.
          call('PUBLISH', service .. 'called', '')
        end
        return result
        """);

    /// <summary>Puts a call back that no server has seen: service, call, caller, deadline, whether one-way, request, host and taking.</summary>
    public static readonly Script Return = new(Common + $$"""

        local service, id, caller, oneWay = base .. 's:' .. ARGV[2] .. ':', ARGV[3], ARGV[4], ARGV[6]
        if oneWay == '0' and not release(id, ARGV[8]) then return 0 end
        if isServed(service) then enqueue(service, id, caller, tonumber(ARGV[5]), oneWay, ARGV[7], 'LPUSH')
        elseif oneWay == '0' then tell(caller, '{{Response}}', id, 'Refused', '') end
        return 1
        """);

    /// <summary>Ends a call that was taken: call, caller, error or nothing, response, host and taking. Returns 0 if nobody waits for it.</summary>
    public static readonly Script Answer = new(Common + $$"""

        if not release(ARGV[2], ARGV[6]) then return 0 end
        tell(ARGV[3], '{{Response}}', ARGV[2], ARGV[4], ARGV[5])
        return 1
        """);

    /// <summary>The caller waits no longer: service, call, and the milliseconds for which it may yet be sent, or 0.</summary>
    public static readonly Script Withdraw = new(Common + $$"""

        local service, id = base .. 's:' .. ARGV[2] .. ':', ARGV[3]
        if withdraw(service, id) then return 1 end
        if ARGV[4] ~= '0' then call('SET', base .. 'withdrawn:' .. id, '', 'PX', ARGV[4]) end
        local holder = call('GET', base .. 'taken:' .. id)
        if holder and release(id, holder) then tell(string.match(holder, '^%S+'), '{{Withdrawal}}', id, '', '') end
        return 0
        """);

    /// <summary>
    /// What has become of calls: pairs of service and call. Those that are to be refused and have many bytes wait on, some of them, until the next time.
    /// Returns for each <c>waits</c>, the error that it has ended with, or <see cref="Gone"/>.
    /// </summary>
    public static readonly Script Check = new(Common + $$"""

        local result, bytes = {}, 0
        for index = 2, #ARGV, 2 do
          local service, id = base .. 's:' .. ARGV[index] .. ':', ARGV[index + 1]
          local holder = call('GET', base .. 'taken:' .. id)
          local state = 'waits'
          if holder then
            if not lives(string.match(holder, '^%S+')) then
              call('DEL', base .. 'taken:' .. id)
              state = 'ServerFailed'
            end
          elseif call('HEXISTS', service .. 'calls', id) == 0 then
            state = '{{Gone}}'
          elseif not isServed(service) and bytes < {{MaxReplyBytes}} then
            bytes = bytes + call('HSTRLEN', service .. 'calls', id)
            withdraw(service, id)
            state = 'Refused'
          end
          result[#result + 1] = state
        end
        return result
        """);

    /// <summary>Renews a process's lease: host, milliseconds, and the services that it serves.</summary>
    public static readonly Script Renew = new(Common + """

        local host, lease = ARGV[2], tonumber(ARGV[3])
        local function renew(key)
          call('ZADD', key, now + lease, host)
          call('ZREMRANGEBYSCORE', key, '-inf', now - 600000)
          keep(key, lease + 600000)
        end
        renew(base .. 'hosts')
        for index = 4, #ARGV do renew(base .. 's:' .. ARGV[index] .. ':servers') end
        return 1
        """);

    /// <summary>
    /// A process serves a service no more: host, service. Without another, what waits is refused. Returns 0 if some still waits, and the script is to be run
    /// again.
    /// </summary>
    public static readonly Script Resign = new(Common + """

        local service = base .. 's:' .. ARGV[3] .. ':'
        call('ZREM', service .. 'servers', ARGV[2])
        if not isServed(service) and not refuseAll(service) then return 0 end
        return 1
        """);

    /// <summary>A process ends: host.</summary>
    public static readonly Script Leave = new(Common + """

        call('ZREM', base .. 'hosts', ARGV[2])
        call('UNLINK', base .. 'inbox:' .. ARGV[2], base .. 'inbox:' .. ARGV[2] .. ':bytes')
        return 1
        """);

    /// <summary>Takes what a process is to be told: host, how many values; fewer if they have many bytes, none if there are none.</summary>
    public static readonly Script Receive = new(Common + $$"""

        local result, bytes, inbox = {}, 0, base .. 'inbox:' .. ARGV[2]
        while #result < tonumber(ARGV[3]) and bytes < {{MaxReplyBytes}} do
          local told = call('LPOP', inbox, 4)
          if not told then break end
          for _, value in ipairs(told) do result[#result + 1] = value end
          bytes = bytes + #told[4]
        end
        if bytes > 0 and call('DECRBY', inbox .. ':bytes', bytes) <= 0 then call('DEL', inbox .. ':bytes') end
        return result
        """);
}
