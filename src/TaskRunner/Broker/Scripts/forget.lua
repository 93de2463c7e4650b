-- Removes what an empty queue leaves behind, so that its name can be forgotten. What is remembered for a time stays until then: ids, unique keys, marks of
-- cancelled tasks. A queue that holds tasks or results, that is paused or that a worker serves is left as it is.
-- KEYS 1-10 ready lists; 11 delayed; 12 parked; 13 dead; 14 leases; 15 orphaned results; 16 holders of tasks; 17 meta; then keys that mean nothing without tasks
-- Returns nothing when it was empty; else ready, delayed, parked, dead, workers, results, 1 = paused
local counts = {0, redis.call('ZCARD', KEYS[11]), redis.call('ZCARD', KEYS[12]), redis.call('ZCARD', KEYS[13]), math.max(redis.call('ZCARD', KEYS[14]), redis.call('HLEN', KEYS[16])),
  redis.call('LLEN', KEYS[15]), redis.call('HEXISTS', KEYS[17], 'paused')}
for i = 1, 10 do counts[1] = counts[1] + redis.call('LLEN', KEYS[i]) end
for i = 1, #counts do
  if counts[i] > 0 then return counts end
end
redis.call('DEL', unpack(KEYS, 17))
return {}
