-- Acknowledges finished tasks and fetches the next ones, if the worker still holds its lease.
-- KEYS 1-10 ready lists, highest priority first; 11 leases; 12 the worker's in-flight hash; 13 wake; 14 delayed; 15 meta; 16 the worker's results
-- ARGV 1 worker; 2 how many tasks it wants; then pairs: id of a finished task, its result ('' = keep none)
-- Returns {0} when the lease is lost, else {1, ms until the next delayed task is due (-1 = none), acknowledged, message, message ...}
if not redis.call('ZSCORE', KEYS[11], ARGV[1]) then return {0} end
local acknowledged = 0
for i = 3, #ARGV, 2 do
  if redis.call('HDEL', KEYS[12], ARGV[i]) == 1 then
    acknowledged = acknowledged + 1
    if ARGV[i + 1] ~= '' then redis.call('RPUSH', KEYS[16], ARGV[i + 1]) end
  end
end
local answer = {1, -1, acknowledged}
local first = redis.call('ZRANGE', KEYS[14], 0, 0, 'WITHSCORES')
if first[2] then
  local time = redis.call('TIME')
  answer[2] = math.max(0, tonumber(first[2]) - (time[1] * 1000 + math.floor(time[2] / 1000)))
end
local want = tonumber(ARGV[2])
if want > 0 and not redis.call('HGET', KEYS[15], 'paused') then
  local held = {}
  while want > 0 do
    local popped = redis.call('LMPOP', 10, KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], 'LEFT', 'COUNT', want)
    if not popped then break end
    local messages = popped[2]
    for i = 1, #messages do
      local message = messages[i]
      answer[#answer + 1] = message
      held[#held + 1] = string.sub(message, 1, 32)
      held[#held + 1] = message
    end
    want = want - #messages
  end
  if #held > 0 then redis.call('HSET', KEYS[12], unpack(held)) end
  -- What this worker leaves behind is for the next one, who may be asleep.
  if want == 0 and redis.call('LLEN', KEYS[13]) == 0 and redis.call('EXISTS', unpack(KEYS, 1, 10)) > 0 then
    redis.call('RPUSH', KEYS[13], '1')
  end
end
return answer
