-- Moves a failed task from its worker to the delayed set, if the worker still holds it. It keeps its unique key and gives back its slot.
-- When the retries of the queue are over their budget, it gives up instead, as in bury.lua.
-- KEYS 1-17 as in rules.lua; 18 leases; 19 the worker's in-flight hash; 20 delayed; 21 delayed messages; 22 the worker's results;
--      23 dead; 24 dead messages; 25 dead reasons; 26 dead size; 27 retry budget; 28 cancelled ids
-- ARGV 1 worker; 2 id; 3 the message with its attempt counted; 4 delay in ms; 5 result ('' = keep none); 6 retries allowed for 100 attempts ('' = no budget);
--      then, with a budget only: 7 its window in ms; 8 retries that are always allowed in a window; 9 the message as it is; 10 reason as JSON;
--      11 result; 12 how many dead tasks are kept; 13 how many bytes; 14 for how long in ms
-- Returns 1 moved, 2 over the budget and given up, 0 not held by this worker, -1 lease lost
if not redis.call('ZSCORE', KEYS[18], ARGV[1]) then return -1 end
if redis.call('HDEL', KEYS[19], ARGV[2]) == 0 then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Takes one retry out of the budget. A window is ten slices; older ones do not count.
local function is_over_budget()
  local window = tonumber(ARGV[7])
  local slice = math.floor(now * 10 / window)
  local attempts, retries = 0, 0
  local counts = redis.call('HGETALL', KEYS[27])
  for i = 1, #counts, 2 do
    local kind, at = string.sub(counts[i], 1, 1), tonumber(string.sub(counts[i], 2))
    if at <= slice - 10 then redis.call('HDEL', KEYS[27], counts[i])
    elseif kind == 'a' then attempts = attempts + tonumber(counts[i + 1])
    else retries = retries + tonumber(counts[i + 1]) end
  end
  if retries + 1 > math.max(tonumber(ARGV[8]), attempts * tonumber(ARGV[6]) / 100) then return true end
  redis.call('HINCRBY', KEYS[27], 'r' .. string.format('%.0f', slice), 1)
  redis.call('PEXPIRE', KEYS[27], window * 2)
  return false
end

if ARGV[6] ~= '' and is_over_budget() then
  give_up({KEYS[23], KEYS[24], KEYS[25], KEYS[26]}, KEYS[28], KEYS[22], ARGV[2], ARGV[9], ARGV[10], ARGV[11], now, ARGV[12], ARGV[13], ARGV[14])
  return 2
end
local due = now + tonumber(ARGV[4])
local first = redis.call('ZRANGE', KEYS[20], 0, 0, 'WITHSCORES')
local message = ARGV[3]
if segment_length(message, 36) > 0 then message = with_mark(message, '+') end
redis.call('ZADD', KEYS[20], string.format('%.0f', due), ARGV[2])
redis.call('HSET', KEYS[21], ARGV[2], message)
give_back_slot(options_of(message))
if ARGV[5] ~= '' then redis.call('RPUSH', KEYS[22], ARGV[5]) end
if not first[2] or tonumber(first[2]) > due then wake_one() end
return 1
