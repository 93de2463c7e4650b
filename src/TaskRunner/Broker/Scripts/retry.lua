-- Moves a failed task from its worker to the delayed set, if the worker still holds it. It keeps its unique key and gives back its slot.
-- When the retries of the queue are over their budget, it gives up instead, as in bury.lua. All of it or, with an error, nothing.
-- KEYS 1-17 as in rules.lua; 18 leases; 19 the worker's in-flight hash; 20 delayed; 21 delayed messages; 22 the worker's results;
--      23 dead; 24 dead messages; 25 dead reasons; 26 dead size; 27 retry budget; 28 cancelled ids
-- ARGV 1 worker; 2 id; 3 the message with its attempt counted; 4 delay in ms; 5 result ('' = keep none); 6 retries allowed for 100 attempts ('' = no budget);
--      then, with a budget only: 7 its window in ms; 8 retries that are always allowed in a window; 9 the message as it is; 10 reason as JSON;
--      11 result; 12 how many dead tasks are kept; 13 how many bytes; 14 for how long in ms
-- Returns 1 moved, 2 over the budget and given up, 0 not held by this worker, -1 lease lost
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dead = { KEYS[23], KEYS[24], KEYS[25], KEYS[26] }

-- Takes one retry out of the budget. A window is ten slices; older ones do not count.
local function is_over_budget()
  local window = tonumber(ARGV[7])
  local slice = math.floor(now * 10 / window)
  local attempts, retries = 0, 0
  local counts = ask('HGETALL', KEYS[27])
  for i = 1, #counts, 2 do
    local kind, at = string.sub(counts[i], 1, 1), tonumber(string.sub(counts[i], 2))
    -- A slice of the future was counted before the clock was set back.
    if not is_whole(at, slice - 9, slice) then ask('HDEL', KEYS[27], counts[i])
    elseif kind == 'a' then attempts = attempts + count_of(counts[i + 1])
    else retries = retries + count_of(counts[i + 1]) end
  end
  if retries + 1 > math.max(tonumber(ARGV[8]), attempts * tonumber(ARGV[6]) / 100) then return true end
  local field = 'r' .. string.format('%.0f', slice)
  change({ 'HINCRBY', KEYS[27], field, -1 }, 'HINCRBY', KEYS[27], field, 1)
  ask('PEXPIRE', KEYS[27], string.format('%.0f', window * 2))
  return false
end

local reply = whole(function()
  if not ask('ZSCORE', KEYS[18], ARGV[1]) then return -1 end
  if not take_held(KEYS[19], ARGV[2]) then return 0 end
  if ARGV[6] ~= '' and is_over_budget() then
    give_up(dead, KEYS[28], KEYS[22], ARGV[2], ARGV[9], ARGV[10], ARGV[11], now)
    return 2
  end
  local due, message = now + tonumber(ARGV[4]), without_grants(ARGV[3])
  local first = ask('ZRANGE', KEYS[20], 0, 0, 'WITHSCORES')
  local old, before = ask('HGET', KEYS[21], ARGV[2]), ask('ZSCORE', KEYS[20], ARGV[2])
  change(old and { 'HSET', KEYS[21], ARGV[2], old } or { 'HDEL', KEYS[21], ARGV[2] }, 'HSET', KEYS[21], ARGV[2], message)
  change(before and { 'ZADD', KEYS[20], before, ARGV[2] } or { 'ZREM', KEYS[20], ARGV[2] }, 'ZADD', KEYS[20], string.format('%.0f', due), ARGV[2])
  leave_result(KEYS[22], ARGV[5])
  give_back_slot(options_of(message))
  if not first[2] or tonumber(first[2]) > due then wake_one() end
  return 1
end)
if reply == 2 then attempt(trim_dead, dead, ARGV[12], ARGV[13], ARGV[14], now) end
return reply
