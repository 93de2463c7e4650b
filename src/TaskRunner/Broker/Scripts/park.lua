-- Parks a task that its worker does not know how to run, until a worker comes that does. It keeps its unique key.
-- KEYS 1-17 as in rules.lua; 18 leases; 19 the worker's in-flight hash; 20 parked by unknown kind
-- ARGV 1 worker; 2 id; 3 message; 4 kind: 't:' and a task type, or 'v:' and a version of the message
-- Returns 1 parked, 0 not held by this worker, -1 lease lost
if not redis.call('ZSCORE', KEYS[18], ARGV[1]) then return -1 end
if redis.call('HDEL', KEYS[19], ARGV[2]) == 0 then return 0 end
local message = ARGV[3]
give_back_slot(options_of(message))
if segment_length(message, 36) > 0 then message = with_mark(message, '+') end
park(message, 'n:' .. ARGV[4])
redis.call('HINCRBY', KEYS[20], ARGV[4], 1)
return 1
