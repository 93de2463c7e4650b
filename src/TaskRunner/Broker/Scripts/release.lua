-- Puts tasks that a worker holds back at the head of their lists, attempt and redeliveries unchanged.
-- KEYS 1-10 ready lists, highest priority first; 11 leases; 12 the worker's in-flight hash; 13 wake
-- ARGV 1 worker; then ids, newest first (the last one ends at the head)
-- Returns how many were put back, -1 when the lease is lost
if not redis.call('ZSCORE', KEYS[11], ARGV[1]) then return -1 end
local released = 0
for i = 2, #ARGV do
  local message = redis.call('HGET', KEYS[12], ARGV[i])
  if message and redis.call('HDEL', KEYS[12], ARGV[i]) == 1 then
    redis.call('LPUSH', KEYS[10 - (tonumber(string.sub(message, 33, 33)) or 5)], message)
    released = released + 1
  end
end
if released > 0 and redis.call('LLEN', KEYS[13]) < 16 then redis.call('RPUSH', KEYS[13], '1') end
return released
