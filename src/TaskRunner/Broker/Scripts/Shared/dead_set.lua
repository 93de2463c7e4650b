-- Functions of scripts that change the dead set. K is {dead, dead messages, dead reasons, dead size}, keys that the script declares. After numbers.lua.

local function add_size(K, more)
  local old = ask('GET', K[4])
  local size = math.max(0, count_of(old) + more)
  change(old and { 'SET', K[4], old } or { 'DEL', K[4] }, 'SET', K[4], string.format('%.0f', size))
end

-- Adds a task, or writes it anew. The caller has claimed it.
local function add_dead(K, id, message, reason, now)
  local size = #message + #reason
  local score, old, why = ask('ZSCORE', K[1], id), ask('HGET', K[2], id), ask('HGET', K[3], id)
  if old then size = size - #old - #(why or '') end
  change(old and { 'HSET', K[2], id, old } or { 'HDEL', K[2], id }, 'HSET', K[2], id, message)
  change(why and { 'HSET', K[3], id, why } or { 'HDEL', K[3], id }, 'HSET', K[3], id, reason)
  change(score and { 'ZADD', K[1], score, id } or { 'ZREM', K[1], id }, 'ZADD', K[1], string.format('%.0f', math.floor(now)), id)
  add_size(K, size)
end

-- Takes a task out. Returns its message, false when it was not there.
local function remove_dead(K, id)
  local score = ask('ZSCORE', K[1], id)
  if not score then return false end
  local message, reason = ask('HGET', K[2], id), ask('HGET', K[3], id)
  change({ 'ZADD', K[1], score, id }, 'ZREM', K[1], id)
  if message then change({ 'HSET', K[2], id, message }, 'HDEL', K[2], id) end
  if reason then change({ 'HSET', K[3], id, reason }, 'HDEL', K[3], id) end
  add_size(K, -#(message or '') - #(reason or ''))
  return message or ''
end

-- Removes the oldest tasks until the set keeps to its bounds, 1,000 at most. Returns how many.
local function trim_dead(K, most, bytes, age, now)
  local removed = 0
  while removed < 1000 do
    local first = ask('ZRANGE', K[1], 0, 0, 'WITHSCORES')
    if not first[2] then break end
    if tonumber(first[2]) >= now - tonumber(age) and ask('ZCARD', K[1]) <= tonumber(most)
      and count_of(ask('GET', K[4])) <= tonumber(bytes) then break end
    local done, why = attempt(remove_dead, K, first[1])
    if not done then error(why, 0) end
    removed = removed + 1
  end
  return removed
end
