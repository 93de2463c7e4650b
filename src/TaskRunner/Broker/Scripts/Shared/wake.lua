-- A token for one worker that sleeps. KEYS 11 wake
local function wake_one()
  if redis.call('LLEN', KEYS[11]) < 16 then redis.call('RPUSH', KEYS[11], '1') end
end
