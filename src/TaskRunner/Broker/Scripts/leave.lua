-- Ends a worker's lease: what it still holds goes back to the head of the lists, attempt and redeliveries unchanged.
-- KEYS 1-10 ready lists, highest priority first; 11 leases; 12 the worker's in-flight hash; 13 wake; 14 the worker's results; 15 orphaned results
-- ARGV 1 worker
-- Returns how many tasks were put back, -1 when the lease was lost before
if redis.call('ZREM', KEYS[11], ARGV[1]) == 0 then return -1 end
local held = redis.call('HGETALL', KEYS[12])
local messages = {}
for i = 2, #held, 2 do messages[#messages + 1] = held[i] end
table.sort(messages, function(a, b) return a > b end)
for _, message in ipairs(messages) do
  redis.call('LPUSH', KEYS[10 - (tonumber(string.sub(message, 33, 33)) or 5)], message)
end
redis.call('DEL', KEYS[12])
while redis.call('LMOVE', KEYS[14], KEYS[15], 'LEFT', 'RIGHT') do end
if #messages > 0 and redis.call('LLEN', KEYS[13]) < 16 then redis.call('RPUSH', KEYS[13], '1') end
return #messages
