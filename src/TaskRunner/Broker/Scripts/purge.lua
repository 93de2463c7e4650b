-- Ends tasks of a queue that nobody runs, as cancelled: ready ones, delayed ones or parked ones. What runs goes on. Each task ends or, with an error, stays where it is.
-- KEYS 1-17 as in rules.lua; 18 delayed; 19 delayed messages; 20 orphaned results; 21 parked by unknown kind
-- ARGV 1 'waiting', 'delayed' or 'parked'; 2 how many at most, up to 1,000; 3 '1' = keep results
-- Returns how many were ended; 0 when none is left
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reason = 'It was purged from its queue.'
local purged = 0
if ARGV[1] == 'waiting' then
  local popped = redis.call('LMPOP', 10, KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], 'LEFT', 'COUNT', ARGV[2])
  local messages = popped and popped[2] or {}
  for i, message in ipairs(messages) do
    local done, why = attempt(finish, message, 'cancelled', reason, now, KEYS[20], ARGV[3])
    if not done then
      for back = #messages, i, -1 do redis.pcall('LPUSH', popped[1], messages[back]) end
      if purged == 0 then return failure(why) end
      break
    end
    purged = purged + 1
  end
else
  -- Both sets end their members with the id.
  local set = ARGV[1] == 'delayed' and KEYS[18] or KEYS[13]
  for _, member in ipairs(redis.call('ZRANGE', set, 0, ARGV[2] - 1)) do
    local done, ended = attempt(cancel_now, { KEYS[18], KEYS[19], KEYS[20], KEYS[21] }, string.sub(member, -32), reason, now, ARGV[3])
    if not done then
      if purged == 0 then return failure(ended) end
      break
    end
    -- One that is only a place, without a message, is in nobody's way after this.
    if not ended then redis.call('ZREM', set, member) end
    purged = purged + 1
  end
end
return purged
