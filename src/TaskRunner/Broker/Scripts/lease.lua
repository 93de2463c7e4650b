-- Takes or renews a worker's lease, adopts results that dead workers left, and reports what a worker has to look after.
-- KEYS 1 leases; 2 orphaned results; 3 the worker's results; 4 the worker's in-flight hash; 5 cancelled ids; 6 parked by unknown kind
-- ARGV 1 worker; 2 lease in ms; 3 '1' = take a new lease, '0' = renew the one held
-- Returns {0} when the lease to renew is lost, else {1, adopted results, {worker with an expired lease, ...}, {id that it holds and that is cancelled, ...},
--   {kind of parked tasks that their worker did not know, ...}}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Removing comes first: it is the claim, and when memory is full it makes room for what follows.
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 and ARGV[3] == '0' then return {0} end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
local adopted, cancelled, kinds = 0, {}, {}
-- Three rare things to look after, and one command to see that there is none of them.
if redis.call('EXISTS', KEYS[2], KEYS[5], KEYS[6]) > 0 then
  while adopted < 1000 and redis.call('LMOVE', KEYS[2], KEYS[3], 'LEFT', 'RIGHT') do adopted = adopted + 1 end
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', now, 'LIMIT', 0, 1000)) do redis.call('ZREM', KEYS[5], old) end
  local held = redis.call('EXISTS', KEYS[5]) == 1 and redis.call('HKEYS', KEYS[4]) or {}
  for from = 1, #held, 500 do
    local last = math.min(from + 499, #held)
    local marks = redis.call('ZMSCORE', KEYS[5], unpack(held, from, last))
    for i = from, last do
      if marks[i - from + 1] then cancelled[#cancelled + 1] = held[i] end
    end
  end
  kinds = redis.call('HKEYS', KEYS[6])
end
return {1, adopted, redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - 1), 'LIMIT', 0, 8), cancelled, kinds}
