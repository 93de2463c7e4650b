-- A token for one worker that sleeps. It is a hint: a list that takes none costs a look every 5 seconds, and no task. KEYS 11 wake, if no other is named
local function wake_one(key)
  key = key or KEYS[11]
  local length = redis.pcall('LLEN', key)
  if type(length) == 'number' and length < 16 then redis.pcall('RPUSH', key, '1') end
end
