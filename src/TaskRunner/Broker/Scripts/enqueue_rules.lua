-- How enqueue.lua treats tasks that are not plain. Behind rules.lua; KEYS as in enqueue.lua. add(message) puts a task into its ready list.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local swept = false

local function is_remembered(id)
  if not swept then
    swept = true
    for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[20], '-inf', now, 'LIMIT', 0, 1000)) do redis.call('ZREM', KEYS[20], old) end
  end
  local till = redis.call('ZSCORE', KEYS[20], id)
  return till and tonumber(till) > now
end

-- Cancels the task that holds a unique key, wherever it is.
local function cancel(id, by)
  local reason = 'It was replaced by task ' .. by .. ', which has the same unique key.'
  if cancel_now({KEYS[18], KEYS[19], KEYS[22], KEYS[23]}, id, reason, now, ARGV[1]) then return end
  redis.call('ZADD', KEYS[21], string.format('%.0f', now + tonumber(ARGV[2])), id)
  redis.call('HSET', KEYS[17], 'cancels', '1')
end

-- Whether the task now holds its unique key; if not, the answer.
local function take_key(key, id, conflict, till)
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[16], '-inf', now, 'LIMIT', 0, 100)) do
    redis.call('ZREM', KEYS[16], old)
    redis.call('HDEL', KEYS[15], old)
  end
  local holder = redis.call('HGET', KEYS[15], key)
  local held = redis.call('ZSCORE', KEYS[16], key)
  if holder and held and tonumber(held) > now then
    if string.sub(holder, 1, 32) == id then return false, 0 end
    if conflict ~= 'replace' then return false, 2 end
    cancel(string.sub(holder, 1, 32), id)
  end
  redis.call('HSET', KEYS[15], key, id)
  redis.call('ZADD', KEYS[16], string.format('%.0f', till), key)
  return true
end

-- Returns whether somebody has to wake up: only a new earliest task changes when.
local function put_off(message, id, due)
  local first = redis.call('ZRANGE', KEYS[18], 0, 0, 'WITHSCORES')
  redis.call('ZADD', KEYS[18], string.format('%.0f', due), id)
  redis.call('HSET', KEYS[19], id, message)
  return not first[2] or tonumber(first[2]) > due
end

-- Returns the answer for one task, and whether somebody has to wake up.
return function(message, how)
  local delay, remember, expires, conflict, hold = string.match(how, '^(%d+)/(%d+)/(%d+)/(%a+)/(%d+)$')
  delay, remember, expires = tonumber(delay), tonumber(remember), tonumber(expires)
  local id = string.sub(message, 1, 32)
  if remember > 0 and is_remembered(id) then return 0 end
  local options = options_of(message)
  if options and type(options.u) == 'string' then
    local taken, answer = take_key(options.u, id, conflict, now + delay + tonumber(hold))
    if not taken then return answer end
  end
  if remember > 0 then redis.call('ZADD', KEYS[20], string.format('%.0f', now + remember), id) end
  -- The producer left thirteen digits for the moment, which only this clock knows.
  if expires > 0 then message = string.sub(message, 1, 45) .. string.format('%013.0f', now + expires) .. string.sub(message, 59) end
  if delay > 0 then return 1, put_off(message, id, now + delay) end
  add(message)
  return 1, true
end
