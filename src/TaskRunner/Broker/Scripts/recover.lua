-- Takes back what a worker with an expired lease holds: to the head of the lists with one redelivery more, or to the
-- dead set when a task has taken down too many workers; if it was cancelled, it ends as that. What goes back to its list keeps its slot and its unique key.
-- Each task is moved or, with an error, still held; the lease goes last, so that whoever comes next goes on.
-- KEYS 1-17 as in rules.lua; 18 leases; 19 the dead worker's in-flight hash; 20 dead; 21 dead messages; 22 dead reasons;
--      23 dead size; 24 the dead worker's results; 25 orphaned results; 26 cancelled ids; 27 holders
-- ARGV 1 the dead worker; 2 redeliveries allowed; 3 reason for the dead set as JSON; 4 how many dead tasks are kept; 5 error text; 6 '1' = keep results;
--      7 how many bytes of dead tasks are kept; 8 for how long in ms
-- Returns {recovered, buried}, {-1} when the lease is alive or somebody else recovered it
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('ZSCORE', KEYS[18], ARGV[1])
if not lease or tonumber(lease) >= now then return { -1 } end
local held = redis.call('HKEYS', KEYS[19])
local dead = { KEYS[20], KEYS[21], KEYS[22], KEYS[23] }

local function take_back(field, message)
  local broken = header_fault(message)
  if broken then error(broken, 0) end
  local id, redeliveries = string.sub(message, 1, 32), tonumber(string.sub(message, 34, 35)) + 1
  local counted = string.sub(message, 1, 33) .. string.format('%02.0f', math.min(redeliveries, 99)) .. string.sub(message, 36)
  take_held(KEYS[19], field)
  if redeliveries <= tonumber(ARGV[2]) then
    to_head(counted)
    return 'recovered'
  end
  local options = options_of(counted)
  if take_mark(KEYS[26], id) then
    leave_result(KEYS[25], result_of(counted, 'cancelled', 'It was cancelled while it ran.', now, ARGV[6]))
    count_end('cancelled')
    give_back(options, id)
    return 'cancelled'
  end
  add_dead(dead, id, without_grants(counted), ARGV[3], now)
  give_back(options, id)
  leave_result(KEYS[25], result_of(counted, 'dead', ARGV[5], now, ARGV[6], { attempts = 1, worker = ARGV[1] }))
  return 'buried'
end

local function bury(field, message, why)
  take_held(KEYS[19], field)
  bury_unreadable(dead, message, why, now, KEYS[25], ARGV[6])
  return 'buried'
end

-- Read one by one: a thousand large messages at once are more than a script may take.
local ends, refused = { recovered = 0, cancelled = 0, buried = 0 }, nil
table.sort(held, function(a, b) return a > b end)
for _, field in ipairs(held) do
  local message = redis.call('HGET', KEYS[19], field)
  local done, state = attempt(take_back, field, message)
  if not done and not is_refusal(state) then done, state = attempt(bury, field, message, state) end
  if done then ends[state] = ends[state] + 1 else refused = refused or state end
  keep()
end
if ends.buried > 0 then attempt(trim_dead, dead, ARGV[4], ARGV[7], ARGV[8], now) end
if ends.recovered > 0 then wake_one() end
if refused then return failure(refused) end
-- This removes nothing, and counts as removing: it is allowed when memory is full, and so is what follows it.
redis.call('LTRIM', KEYS[24], 0, -1)
while redis.call('LMOVE', KEYS[24], KEYS[25], 'LEFT', 'RIGHT') do end
redis.call('HDEL', KEYS[27], ARGV[1])
redis.call('ZREM', KEYS[18], ARGV[1])
return { ends.recovered, ends.buried }
