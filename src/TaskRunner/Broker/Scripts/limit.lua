-- Sets rate limits of a queue or of task types, and has what waits for them looked at again.
-- KEYS 1 meta; 2 limits; 3 buckets with parked tasks; 4 wake
-- ARGV triples: field, limit as 'count/milliseconds' ('' = remove the field), the bucket that it is for
-- Returns how many fields changed
local changed = 0
for i = 1, #ARGV, 3 do
  local field, limit = ARGV[i], ARGV[i + 1]
  if (redis.call('HGET', KEYS[2], field) or '') ~= limit then
    if limit == '' then redis.call('HDEL', KEYS[2], field) else redis.call('HSET', KEYS[2], field, limit) end
    redis.call('ZADD', KEYS[3], 'XX', 0, ARGV[i + 2])
    changed = changed + 1
  end
end
if changed > 0 then
  if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[1], 'limited', '1') else redis.call('HDEL', KEYS[1], 'limited') end
  if redis.call('LLEN', KEYS[4]) < 16 then redis.call('RPUSH', KEYS[4], '1') end
end
return changed
