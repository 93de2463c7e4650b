-- Acknowledges finished tasks and fetches the next ones, if the worker still holds its lease. A task that expired or was cancelled ends here; one that
-- its limits do not let start is parked, and touched again when it may; one that cannot be read goes to the dead set.
-- KEYS 1-20 as in rules.lua and rates.lua; 21 leases; 22 the worker's in-flight hash; 23 delayed; 24 the worker's results; 25 cancelled ids; 26 the worker's fetch generation;
--      27 dead; 28 dead messages; 29 dead reasons; 30 dead size
-- ARGV 1 worker; 2 how many tasks it wants; 3 '1' = keep results; 4 generation of the fetch; 5 '1' = it stood while its worker slept;
--   6 how many messages to take before their size is known; 7 ids of finished tasks with neither a result to keep nor options, 32 characters each; then triples for other finished ones: id, its result
--   ('' = keep none), its options segment ('' = none)
-- Returns {0} when the lease is lost, or when the worker gave this fetch up and would never see what it takes; else {1, ms until something of the queue is due (-1 = nothing), acknowledged, 1 = there may be more, expired,
--   cancelled, message, message ...}. An error when a key of the queue is not what it must be: then nothing was fetched, and acknowledgements may be sent again.
local answer = {1, -1, 0, 0, 0, 0}
-- Cheap exit: a worker that slept for long and finds nothing costs one command.
if ARGV[5] == '1' and redis.call('EXISTS', KEYS[20], KEYS[23], unpack(KEYS, 1, 10)) == 0 then return answer end
if not redis.call('ZSCORE', KEYS[21], ARGV[1]) then return {0} end
local want = tonumber(ARGV[2])
local generation = want > 0 and redis.call('GET', KEYS[26])
if generation and tonumber(ARGV[4]) < (tonumber(generation) or 0) then return {0} end
local clock
local function now()
  if not clock then
    local time = redis.call('TIME')
    clock = time[1] * 1000 + time[2] / 1000
  end
  return clock
end
local state = redis.call('HMGET', KEYS[17], 'paused', 'limited', 'cancels', 'turn')
local cancels = state[3]
if cancels and redis.call('EXISTS', KEYS[25]) == 0 then
  -- The last mark is gone. Looked at again, for servers where another script may have come between.
  redis.call('HDEL', KEYS[17], 'cancels')
  cancels = redis.call('EXISTS', KEYS[25]) == 1
  if cancels then redis.call('HSET', KEYS[17], 'cancels', '1') end
end
local rules = state[2] and with_rules(answer, cancels, now)
local plain, results, others, first, refused = {}, {}, ARGV, 8, nil
for from = 1, #ARGV[7], 32 do plain[#plain + 1] = string.sub(ARGV[7], from, from + 31) end
if cancels then
  -- Each must be looked at.
  others, first = {}, 1
  for i = 8, #ARGV do others[i - 7] = ARGV[i] end
  for _, id in ipairs(plain) do
    local at = #others
    others[at + 1], others[at + 2], others[at + 3] = id, '', ''
  end
  plain = {}
end
for from = 1, #plain, 1000 do answer[3] = answer[3] + redis.call('HDEL', KEYS[22], unpack(plain, from, math.min(from + 999, #plain))) end
-- A list that takes no results is found before any task leaves its worker for it.
if others[first] then redis.call('LLEN', KEYS[24]) end
for i = first, #others, 3 do
  local id, result, options = others[i], others[i + 1], others[i + 2]
  if cancels or options ~= '' then
    rules = rules or with_rules(answer, cancels, now)
    refused = rules.settle(id, result, options) or refused
  else
    local gone = redis.pcall('HDEL', KEYS[22], id)
    if gone == 1 then
      answer[3] = answer[3] + 1
      if result ~= '' then results[#results + 1] = result end
    elseif gone ~= 0 then
      refused = gone
    end
  end
end
for from = 1, #results, 1000 do
  local last = math.min(from + 999, #results)
  -- Tried twice: these tasks have left their worker, and their results are nowhere else.
  if type(redis.pcall('RPUSH', KEYS[24], unpack(results, from, last))) ~= 'number' then redis.call('RPUSH', KEYS[24], unpack(results, from, last)) end
end
if refused then return { err = refused.err } end
local due = redis.call('ZRANGE', KEYS[23], 0, 0, 'WITHSCORES')[2]
if want > 0 and not state[1] then
  local limits = state[2] and rules.limits_of()
  local is_plain = not cancels and not limits
  local queue = limits and rules.bucket_of('q', limits['q'])
  if queue then want = rules.startable(queue, want) end
  -- Few at first and then more, unless they are large: a thousand messages of 250 KB at once would stop the server for seconds.
  local taken, left, fetched, room, most, largest = {}, want + 500, 0, 8388608, tonumber(ARGV[6]), 1
  while fetched < want and left > 0 and room > 0 and not refused do
    local popped = redis.pcall('LMPOP', 10, KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], 'LEFT', 'COUNT', math.min(most, want - fetched))
    if not popped then
      -- Tokens for what is gone would wake workers for nothing.
      redis.pcall('DEL', KEYS[11])
      break
    end
    if popped.err then
      refused = popped
      break
    end
    taken[#taken + 1] = popped
    local messages, at, held, odd = popped[2], #answer, {}, nil
    for i = 1, #messages do
      local message = messages[i]
      room = room - #message
      if #message > largest then largest = #message end
      if is_plain and string.byte(message, 36) == 123 then
        held[#held + 1] = string.sub(message, 1, 32)
        held[#held + 1] = message
      else
        odd = odd or {}
        odd[#odd + 1] = i
      end
      answer[at + i] = message
    end
    -- First of all they are booked as they came; what they say is looked at behind that.
    local added, chunks = 0, {}
    for from = 1, #held, 1000 do
      local last = math.min(from + 999, #held)
      local new = redis.pcall('HSET', KEYS[22], unpack(held, from, last))
      if type(new) == 'number' then added = added + new else refused = new end
      chunks[#chunks + 1] = new
    end
    popped.odd, popped.chunks = odd, chunks
    if not refused and (odd or added * 2 < #held) then
      rules = rules or with_rules(answer, cancels, now)
      refused = rules.take(popped, odd or {}, added * 2 < #held, at, limits)
    end
    fetched = #answer - 6
    left, most = left - #messages, math.max(1, math.min(most * 4, 128, math.floor(room / largest)))
  end
  if not refused and queue and fetched > 0 then refused = rules.count(queue, fetched) end
  if refused then
    if taken[1] then
      rules = rules or with_rules(answer, cancels, now)
      rules.put_back(taken)
    end
    return { err = refused.err }
  end
  if left <= 0 or room <= 0 then answer[4] = 1 end
  if queue then
    if redis.pcall('EXISTS', unpack(KEYS, 1, 10)) ~= 0 then
      local open = rules.closed_until(queue, now())
      if open and (not due or open < tonumber(due)) then due = open end
      if open == nil then due = now() end
    end
  elseif fetched == want and redis.pcall('LLEN', KEYS[11]) == 0 and redis.pcall('EXISTS', unpack(KEYS, 1, 10)) ~= 0 then
    -- What this worker leaves behind is for the next one, who may be asleep.
    redis.pcall('RPUSH', KEYS[11], '1')
  end
end
-- Nothing was ever parked in a queue without a turn, unless it was now.
local freed = (state[4] or rules) and redis.pcall('ZRANGE', KEYS[20], 0, 0, 'WITHSCORES')[2]
if freed and (not due or tonumber(freed) < tonumber(due)) then due = freed end
if due then answer[2] = math.min(math.max(0, math.ceil(tonumber(due) - now())), 1e12) end
return answer
