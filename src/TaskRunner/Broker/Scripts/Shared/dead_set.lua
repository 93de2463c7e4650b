-- Functions of scripts that change the dead set. K is {dead, dead messages, dead reasons, dead size}, keys that the script declares.

-- Adds a task, or writes it anew. The caller has claimed it.
local function add_dead(K, id, message, reason, now)
  local size = #message + #reason
  local old = redis.call('HGET', K[2], id)
  if old then size = size - #old - #(redis.call('HGET', K[3], id) or '') end
  redis.call('ZADD', K[1], string.format('%.0f', now), id)
  redis.call('HSET', K[2], id, message)
  redis.call('HSET', K[3], id, reason)
  redis.call('INCRBY', K[4], size)
end

-- Takes a task out. Returns its message, false when it was not there.
local function remove_dead(K, id)
  if redis.call('ZREM', K[1], id) == 0 then return false end
  local message = redis.call('HGET', K[2], id) or ''
  local reason = redis.call('HGET', K[3], id) or ''
  redis.call('HDEL', K[2], id)
  redis.call('HDEL', K[3], id)
  redis.call('DECRBY', K[4], #message + #reason)
  return message
end

-- Removes the oldest tasks until the set keeps to its bounds, 1,000 at most. Returns how many.
local function trim_dead(K, most, bytes, age, now)
  local removed = 0
  while removed < 1000 do
    local first = redis.call('ZRANGE', K[1], 0, 0, 'WITHSCORES')
    if not first[2] then break end
    if tonumber(first[2]) >= now - tonumber(age) and redis.call('ZCARD', K[1]) <= tonumber(most)
      and tonumber(redis.call('GET', K[4]) or 0) <= tonumber(bytes) then break end
    remove_dead(K, first[1])
    removed = removed + 1
  end
  return removed
end
