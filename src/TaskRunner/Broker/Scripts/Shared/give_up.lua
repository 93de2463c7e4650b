-- How a task gives up in its worker's hands. Behind rules.lua and dead_set.lua.

-- Moves it to the dead set and keeps the set bounded; a task that was cancelled before it gave up ends as that. What its rules hold is given back.
-- K is the dead set; marks the key of cancelled ids; results that of the worker; most, bytes and age the bounds of the set.
local function give_up(K, marks, results, id, message, reason, result, now, most, bytes, age)
  if segment_length(message, 36) > 0 then message = with_mark(message, '+') end
  if redis.call('ZREM', marks, id) == 1 then
    redis.call('HINCRBY', KEYS[17], 'cancelled', 1)
    result = string.gsub(result, '"state":"dead"', '"state":"cancelled"', 1)
  else
    add_dead(K, id, message, reason, now)
    trim_dead(K, most, bytes, age, now)
  end
  give_back(options_of(message), id)
  if result ~= '' then redis.call('RPUSH', results, result) end
end
