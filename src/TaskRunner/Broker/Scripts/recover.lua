-- Takes back what a worker with an expired lease holds: to the head of the lists with one redelivery more, or to the
-- dead set when a task has taken down too many workers; if it was cancelled, it ends as that. What goes back to its list keeps its slot and its unique key.
-- KEYS 1-17 as in rules.lua; 18 leases; 19 the dead worker's in-flight hash; 20 dead; 21 dead messages; 22 dead reasons;
--      23 dead size; 24 the dead worker's results; 25 orphaned results; 26 cancelled ids
-- ARGV 1 the dead worker; 2 redeliveries allowed; 3 reason for the dead set as JSON; 4 how many dead tasks are kept; 5 error text; 6 '1' = keep results;
--      7 how many bytes of dead tasks are kept; 8 for how long in ms
-- Returns {recovered, buried}, {-1} when the lease is alive or somebody else recovered it
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('ZSCORE', KEYS[18], ARGV[1])
if not lease or tonumber(lease) >= now then return {-1} end
if redis.call('ZREM', KEYS[18], ARGV[1]) == 0 then return {-1} end
local held = redis.call('HGETALL', KEYS[19])
local dead = {KEYS[20], KEYS[21], KEYS[22], KEYS[23]}
local messages, buried, cancelled = {}, 0, 0
for i = 2, #held, 2 do messages[#messages + 1] = held[i] end
table.sort(messages, function(a, b) return a > b end)
for _, message in ipairs(messages) do
  local id = string.sub(message, 1, 32)
  local redeliveries = (tonumber(string.sub(message, 34, 35)) or 0) + 1
  local counted = string.sub(message, 1, 33) .. string.format('%02d', math.min(redeliveries, 99)) .. string.sub(message, 36)
  if redeliveries <= tonumber(ARGV[2]) then
    redis.call('LPUSH', list_of(message), counted)
  elseif redis.call('ZREM', KEYS[26], id) == 1 then
    cancelled = cancelled + 1
    finish(counted, 'cancelled', 'It was cancelled while it ran.', now, KEYS[25], ARGV[6])
  else
    buried = buried + 1
    add_dead(dead, id, segment_length(counted, 36) > 0 and with_mark(counted, '+') or counted, ARGV[3], now)
    give_back(options_of(counted), id)
    local result = result_of(counted, 'dead', ARGV[5], now, ARGV[6])
    if result then
      result.attempts, result.worker = result.attempts + 1, ARGV[1]
      redis.call('RPUSH', KEYS[25], cjson.encode(result))
    end
  end
end
redis.call('DEL', KEYS[19])
while redis.call('LMOVE', KEYS[24], KEYS[25], 'LEFT', 'RIGHT') do end
if buried > 0 then trim_dead(dead, ARGV[4], ARGV[7], ARGV[8], now) end
local recovered = #messages - buried - cancelled
if recovered > 0 then wake_one() end
return {recovered, buried}
