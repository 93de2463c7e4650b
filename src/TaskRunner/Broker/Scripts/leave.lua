-- Ends a worker's lease: what it still holds goes back to the head of the lists, attempt and redeliveries unchanged. Each task is back or, with an error, still held; the
-- lease goes last, and what is not back yet is recovered when it has run out.
-- KEYS 1-10 ready lists, highest priority first; 11 wake; 12 leases; 13 the worker's in-flight hash; 14 the worker's results; 15 orphaned results; 16 holders
-- ARGV 1 worker
-- Returns how many were put back, -1 when the lease was lost before and nothing was held
local held = redis.call('HKEYS', KEYS[13])
if #held == 0 and not redis.call('ZSCORE', KEYS[12], ARGV[1]) then return -1 end

local function put_back(field)
  -- Removing comes first: it is allowed when memory is full, and so is what follows it.
  local message = ask('HGET', KEYS[13], field)
  change({ 'HSET', KEYS[13], field, message }, 'HDEL', KEYS[13], field)
  local list = KEYS[10 - (tonumber(string.match(message, '^%d', 33)) or 5)]
  change({ 'LPOP', list }, 'LPUSH', list, message)
end

-- Read one by one: a thousand large messages at once are more than a script may take.
table.sort(held, function(a, b) return a > b end)
local back, refused = 0, nil
for _, field in ipairs(held) do
  local done, why = attempt(put_back, field)
  if done then back = back + 1 else refused = refused or why end
  keep()
end
if back > 0 then wake_one() end
if refused then return failure(refused) end
-- This removes nothing, and counts as removing: it is allowed when memory is full, and so is what follows it.
redis.call('LTRIM', KEYS[14], 0, -1)
while redis.call('LMOVE', KEYS[14], KEYS[15], 'LEFT', 'RIGHT') do end
redis.call('HDEL', KEYS[16], ARGV[1])
redis.call('ZREM', KEYS[12], ARGV[1])
return back
