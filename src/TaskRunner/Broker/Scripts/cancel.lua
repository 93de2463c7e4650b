-- Cancels a task: one that is delayed or parked ends here and now. One that is ready or running cannot be found by a script; it is marked, and ends
-- when it is fetched or when its worker hears of it.
-- KEYS 1-17 as in rules.lua; 18 delayed; 19 delayed messages; 20 cancelled ids; 21 orphaned results; 22 parked by unknown kind
-- ARGV 1 id; 2 ms for which the mark is remembered (0 = do not mark); 3 '1' = keep results
-- Returns 1 ended, 0 not
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, reason = ARGV[1], 'It was cancelled before it started.'
if redis.call('ZREM', KEYS[18], id) == 1 then
  local message = redis.call('HGET', KEYS[19], id)
  redis.call('HDEL', KEYS[19], id)
  if message then
    finish(message, 'cancelled', reason, now, KEYS[21], ARGV[3])
    return 1
  end
end
local kept = redis.call('HGET', KEYS[14], id)
if kept then
  local length = tonumber(string.sub(kept, 1, 4))
  local member = string.sub(kept, 5, 4 + length)
  if take_parked(member, id) then
    local kind = string.match(member, '^n:([^%z]*)%z')
    if kind and redis.call('HINCRBY', KEYS[22], kind, -1) <= 0 then redis.call('HDEL', KEYS[22], kind) end
    finish(string.sub(kept, 5 + length), 'cancelled', reason, now, KEYS[21], ARGV[3])
    return 1
  end
end
if ARGV[2] ~= '0' then
  redis.call('ZADD', KEYS[20], string.format('%.0f', now + tonumber(ARGV[2])), id)
  redis.call('HSET', KEYS[17], 'cancels', '1')
end
return 0
