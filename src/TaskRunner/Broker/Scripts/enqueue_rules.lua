-- How enqueue.lua treats tasks that are not plain. Concatenated after ends.lua; KEYS as in enqueue.lua. add(message) puts a task into its ready list.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local swept = false

local function is_remembered(id)
  if not swept then
    swept = true
    for _, old in ipairs(ask('ZRANGEBYSCORE', KEYS[20], '-inf', now, 'LIMIT', 0, 1000)) do ask('ZREM', KEYS[20], old) end
  end
  local till = ask('ZSCORE', KEYS[20], id)
  return till and tonumber(till) > now
end

-- Cancels the task that holds a unique key, wherever it is.
local function cancel(id, by)
  local reason = 'It was replaced by task ' .. by .. ', which has the same unique key.'
  if cancel_now({ KEYS[18], KEYS[19], KEYS[22], KEYS[23] }, id, reason, now, ARGV[1]) then return end
  local old, noted = ask('ZSCORE', KEYS[21], id), ask('HGET', KEYS[17], 'cancels')
  change(old and { 'ZADD', KEYS[21], old, id } or { 'ZREM', KEYS[21], id }, 'ZADD', KEYS[21], string.format('%.0f', now + tonumber(ARGV[2])), id)
  if not noted then change({ 'HDEL', KEYS[17], 'cancels' }, 'HSET', KEYS[17], 'cancels', '1') end
end

-- Whether the task now holds its unique key; if not, the answer.
local function take_key(key, id, conflict, till)
  for _, old in ipairs(ask('ZRANGEBYSCORE', KEYS[16], '-inf', now, 'LIMIT', 0, 100)) do
    ask('HDEL', KEYS[15], old)
    ask('ZREM', KEYS[16], old)
  end
  local holder = ask('HGET', KEYS[15], key)
  local held = ask('ZSCORE', KEYS[16], key)
  if holder and held and tonumber(held) > now then
    if string.sub(holder, 1, 32) == id then return false, 0 end
    if conflict ~= 'replace' then return false, 2 end
    cancel(string.sub(holder, 1, 32), id)
  end
  holder, held = ask('HGET', KEYS[15], key), ask('ZSCORE', KEYS[16], key)
  change(holder and { 'HSET', KEYS[15], key, holder } or { 'HDEL', KEYS[15], key }, 'HSET', KEYS[15], key, id)
  change(held and { 'ZADD', KEYS[16], held, key } or { 'ZREM', KEYS[16], key }, 'ZADD', KEYS[16], string.format('%.0f', till), key)
  return true
end

-- Returns whether somebody has to wake up: only a new earliest task changes when.
local function put_off(message, id, due)
  local first = ask('ZRANGE', KEYS[18], 0, 0, 'WITHSCORES')
  local old, before = ask('HGET', KEYS[19], id), ask('ZSCORE', KEYS[18], id)
  change(old and { 'HSET', KEYS[19], id, old } or { 'HDEL', KEYS[19], id }, 'HSET', KEYS[19], id, message)
  change(before and { 'ZADD', KEYS[18], before, id } or { 'ZREM', KEYS[18], id }, 'ZADD', KEYS[18], string.format('%.0f', due), id)
  return not first[2] or tonumber(first[2]) > due
end

-- Returns the answer for one task, and whether somebody has to wake up.
local function accept(message, how)
  local delay, remember, expires, conflict, hold = string.match(how, '^(%d+)/(%d+)/(%d+)/(%a+)/(%d+)$')
  delay, remember, expires, hold = tonumber(delay), tonumber(remember), tonumber(expires), tonumber(hold)
  local id = string.sub(message, 1, 32)
  local options, broken = options_of(message)
  broken = header_fault(message) or broken
  if broken then error('The message cannot be read: ' .. broken, 0) end
  if remember > 0 and is_remembered(id) then return 0, false end
  if options and options.u then
    local taken, answer = take_key(options.u, id, conflict, now + delay + hold)
    if not taken then return answer, false end
  end
  if remember > 0 then
    local old = ask('ZSCORE', KEYS[20], id)
    change(old and { 'ZADD', KEYS[20], old, id } or { 'ZREM', KEYS[20], id }, 'ZADD', KEYS[20], string.format('%.0f', now + remember), id)
  end
  -- The producer left thirteen digits for the moment, which only this clock knows.
  if expires > 0 then message = string.sub(message, 1, 45) .. string.format('%013.0f', now + expires) .. string.sub(message, 59) end
  if delay > 0 then return 1, put_off(message, id, now + delay) end
  add(message)
  return 1, true
end

return accept, attempt, change, failure
