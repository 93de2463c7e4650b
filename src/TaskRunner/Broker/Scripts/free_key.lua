-- Releases a unique key by hand: the next task with it is accepted, whatever became of the one that held it.
-- KEYS 1 unique keys; 2 their ends
-- ARGV 1 the unique key; 2 id of the task that must hold it ('' = any)
-- Returns the id of the task that held it, '' when none did
local time = redis.call('TIME')
local holder = redis.call('HGET', KEYS[1], ARGV[1])
local till = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or 0)
if not holder or till <= time[1] * 1000 + math.floor(time[2] / 1000) or (ARGV[2] ~= '' and holder ~= ARGV[2]) then return '' end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return holder
