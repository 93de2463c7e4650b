-- Takes or renews a worker's lease, adopts results that dead workers left, and reports whose lease has run out.
-- KEYS 1 leases; 2 orphaned results; 3 the worker's results
-- ARGV 1 worker; 2 lease in ms; 3 '1' = take a new lease, '0' = renew the one held
-- Returns {0} when the lease to renew is lost, else {1, adopted results, worker with an expired lease, ...}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] == '0' and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return {0} end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
local adopted = 0
while adopted < 1000 and redis.call('LMOVE', KEYS[2], KEYS[3], 'LEFT', 'RIGHT') do adopted = adopted + 1 end
local answer = {1, adopted}
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - 1), 'LIMIT', 0, 8)) do
  answer[#answer + 1] = worker
end
return answer
