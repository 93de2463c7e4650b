-- Ends a worker's lease: what it still holds goes back to the head of the lists, attempt and redeliveries unchanged. The lease goes last: with an error it is still there,
-- and what is not back yet is recovered when it has run out.
-- KEYS 1-10 ready lists, highest priority first; 11 wake; 12 leases; 13 the worker's in-flight hash; 14 the worker's results; 15 orphaned results; 16 holders
-- ARGV 1 worker
-- Returns how many were put back, -1 when the lease was lost before and nothing was held
local reply = whole(function()
  local held = ask('HGETALL', KEYS[13])
  if #held == 0 and not ask('ZSCORE', KEYS[12], ARGV[1]) then return -1 end
  local tasks = {}
  for i = 1, #held, 2 do tasks[#tasks + 1] = { held[i], held[i + 1] } end
  table.sort(tasks, function(a, b) return a[2] > b[2] end)
  for _, task in ipairs(tasks) do
    local list = KEYS[10 - (tonumber(string.match(task[2], '^%d', 33)) or 5)]
    -- Removing comes first: it is allowed when memory is full, and so is what follows it.
    change({ 'HSET', KEYS[13], task[1], task[2] }, 'HDEL', KEYS[13], task[1])
    change({ 'LPOP', list }, 'LPUSH', list, task[2])
  end
  return #tasks
end)
if type(reply) ~= 'number' then return reply end
-- This removes nothing, and counts as removing: it is allowed when memory is full, and so is what follows it.
redis.call('LTRIM', KEYS[14], 0, -1)
while redis.call('LMOVE', KEYS[14], KEYS[15], 'LEFT', 'RIGHT') do end
redis.call('HDEL', KEYS[16], ARGV[1])
redis.call('ZREM', KEYS[12], ARGV[1])
if reply > 0 then wake_one() end
return reply
