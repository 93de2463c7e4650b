-- Ends tasks of a queue that nobody runs, as cancelled: ready ones, delayed ones or parked ones. What runs goes on.
-- KEYS 1-17 as in rules.lua; 18 delayed; 19 delayed messages; 20 orphaned results; 21 parked by unknown kind
-- ARGV 1 'waiting', 'delayed' or 'parked'; 2 how many at most, up to 1,000; 3 '1' = keep results
-- Returns how many were ended; 0 when none is left
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reason = 'It was purged from its queue.'
local purged = 0
local function finish_one(message)
  finish(message, 'cancelled', reason, now, KEYS[20], ARGV[3])
  purged = purged + 1
end
if ARGV[1] == 'waiting' then
  local popped = redis.call('LMPOP', 10, KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], 'LEFT', 'COUNT', ARGV[2])
  if popped then
    for _, message in ipairs(popped[2]) do finish_one(message) end
  end
elseif ARGV[1] == 'delayed' then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[18], 0, ARGV[2] - 1)) do
    if redis.call('ZREM', KEYS[18], id) == 1 then
      local message = redis.call('HGET', KEYS[19], id)
      redis.call('HDEL', KEYS[19], id)
      if message then finish_one(message) end
    end
  end
elseif ARGV[1] == 'parked' then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[13], 0, ARGV[2] - 1)) do
    local id = string.sub(member, -32)
    local kept = redis.call('HGET', KEYS[14], id)
    if take_parked(member, id) and kept then
      local kind = string.match(member, '^n:([^%z]*)%z')
      if kind and redis.call('HINCRBY', KEYS[21], kind, -1) <= 0 then redis.call('HDEL', KEYS[21], kind) end
      finish_one(string.sub(kept, 5 + tonumber(string.sub(kept, 1, 4))))
    end
  end
end
return purged
