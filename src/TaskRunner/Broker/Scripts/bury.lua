-- Moves a task that gave up from its worker to the dead set, if the worker still holds it, and keeps the set bounded. What its rules hold is given back.
-- KEYS 1-17 as in rules.lua; 18 leases; 19 the worker's in-flight hash; 20 dead; 21 dead messages; 22 dead reasons; 23 the worker's results
-- ARGV 1 worker; 2 id; 3 message; 4 reason as JSON; 5 result ('' = keep none); 6 how many dead tasks are kept
-- Returns 1 moved, 0 not held by this worker, -1 lease lost
if not redis.call('ZSCORE', KEYS[18], ARGV[1]) then return -1 end
if redis.call('HDEL', KEYS[19], ARGV[2]) == 0 then return 0 end
local time = redis.call('TIME')
local message = ARGV[3]
if segment_length(message, 36) > 0 then message = with_mark(message, '+') end
redis.call('ZADD', KEYS[20], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), ARGV[2])
redis.call('HSET', KEYS[21], ARGV[2], message)
redis.call('HSET', KEYS[22], ARGV[2], ARGV[4])
give_back(options_of(message), ARGV[2])
if ARGV[5] ~= '' then redis.call('RPUSH', KEYS[23], ARGV[5]) end
local surplus = redis.call('ZCARD', KEYS[20]) - tonumber(ARGV[6])
if surplus > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[20], 0, surplus - 1)) do
    redis.call('ZREM', KEYS[20], id)
    redis.call('HDEL', KEYS[21], id)
    redis.call('HDEL', KEYS[22], id)
  end
end
return 1
