-- Moves a failed task from its worker to the delayed set, if the worker still holds it.
-- KEYS 1 leases; 2 the worker's in-flight hash; 3 delayed; 4 delayed messages; 5 wake; 6 the worker's results
-- ARGV 1 worker; 2 id; 3 the message with its attempt counted; 4 delay in ms; 5 result ('' = keep none)
-- Returns 1 moved, 0 not held by this worker, -1 lease lost
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return -1 end
if redis.call('HDEL', KEYS[2], ARGV[2]) == 0 then return 0 end
local time = redis.call('TIME')
local due = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[4])
local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
redis.call('ZADD', KEYS[3], string.format('%.0f', due), ARGV[2])
redis.call('HSET', KEYS[4], ARGV[2], ARGV[3])
if ARGV[5] ~= '' then redis.call('RPUSH', KEYS[6], ARGV[5]) end
if (not first[2] or tonumber(first[2]) > due) and redis.call('LLEN', KEYS[5]) < 16 then redis.call('RPUSH', KEYS[5], '1') end
return 1
