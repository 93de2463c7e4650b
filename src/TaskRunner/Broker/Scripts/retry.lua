-- Moves a failed task from its worker to the delayed set, if the worker still holds it. It keeps its unique key and gives back its slot.
-- KEYS 1-17 as in rules.lua; 18 leases; 19 the worker's in-flight hash; 20 delayed; 21 delayed messages; 22 the worker's results
-- ARGV 1 worker; 2 id; 3 the message with its attempt counted; 4 delay in ms; 5 result ('' = keep none)
-- Returns 1 moved, 0 not held by this worker, -1 lease lost
if not redis.call('ZSCORE', KEYS[18], ARGV[1]) then return -1 end
if redis.call('HDEL', KEYS[19], ARGV[2]) == 0 then return 0 end
local time = redis.call('TIME')
local due = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[4])
local first = redis.call('ZRANGE', KEYS[20], 0, 0, 'WITHSCORES')
local message = ARGV[3]
if segment_length(message, 36) > 0 then message = with_mark(message, '+') end
redis.call('ZADD', KEYS[20], string.format('%.0f', due), ARGV[2])
redis.call('HSET', KEYS[21], ARGV[2], message)
give_back_slot(options_of(message))
if ARGV[5] ~= '' then redis.call('RPUSH', KEYS[22], ARGV[5]) end
if not first[2] or tonumber(first[2]) > due then wake_one() end
return 1
