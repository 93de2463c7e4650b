-- Moves a task that gave up from its worker to the dead set, if the worker still holds it, and keeps the set bounded.
-- KEYS 1 leases; 2 the worker's in-flight hash; 3 dead; 4 dead messages; 5 dead reasons; 6 the worker's results
-- ARGV 1 worker; 2 id; 3 message; 4 reason as JSON; 5 result ('' = keep none); 6 how many dead tasks are kept
-- Returns 1 moved, 0 not held by this worker, -1 lease lost
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return -1 end
if redis.call('HDEL', KEYS[2], ARGV[2]) == 0 then return 0 end
local time = redis.call('TIME')
redis.call('ZADD', KEYS[3], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), ARGV[2])
redis.call('HSET', KEYS[4], ARGV[2], ARGV[3])
redis.call('HSET', KEYS[5], ARGV[2], ARGV[4])
if ARGV[5] ~= '' then redis.call('RPUSH', KEYS[6], ARGV[5]) end
local surplus = redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[6])
if surplus > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[3], 0, surplus - 1)) do
    redis.call('ZREM', KEYS[3], id)
    redis.call('HDEL', KEYS[4], id)
    redis.call('HDEL', KEYS[5], id)
  end
end
return 1
