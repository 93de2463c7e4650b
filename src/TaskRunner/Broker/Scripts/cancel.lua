-- Cancels a task: one that is delayed or parked ends here and now. One that is ready or running cannot be found by a script; it is marked, and ends
-- when it is fetched or when its worker hears of it. All of it or, with an error, nothing.
-- KEYS 1-17 as in rules.lua; 18 delayed; 19 delayed messages; 20 cancelled ids; 21 orphaned results; 22 parked by unknown kind
-- ARGV 1 id; 2 ms for which the mark is remembered (0 = do not mark); 3 '1' = keep results
-- Returns 1 ended, 0 not
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id = ARGV[1]
return whole(function()
  if cancel_now({ KEYS[18], KEYS[19], KEYS[21], KEYS[22] }, id, 'It was cancelled before it started.', now, ARGV[3]) then return 1 end
  if ARGV[2] ~= '0' then
    -- Without the note nobody would look for the mark.
    local old = ask('HGET', KEYS[17], 'cancels')
    change(old and { 'HSET', KEYS[17], 'cancels', old } or { 'HDEL', KEYS[17], 'cancels' }, 'HSET', KEYS[17], 'cancels', '1')
    ask('ZADD', KEYS[20], string.format('%.0f', now + tonumber(ARGV[2])), id)
  end
  return 0
end)
