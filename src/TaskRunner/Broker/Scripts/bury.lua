-- Moves a task that gave up from its worker to the dead set, if the worker still holds it, and keeps the set bounded. What its rules hold is given back.
-- One that was cancelled before ends as that. All of it or, with an error, nothing.
-- KEYS 1-17 as in rules.lua; 18 leases; 19 the worker's in-flight hash; 20 dead; 21 dead messages; 22 dead reasons; 23 dead size; 24 the worker's results;
--      25 cancelled ids
-- ARGV 1 worker; 2 id; 3 message ('' = as the worker holds it); 4 reason as JSON; 5 result ('' = keep none); 6 how many dead tasks are kept; 7 how many bytes; 8 for how long in ms
-- Returns 1 moved or ended, 0 not held by this worker, -1 lease lost
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dead = { KEYS[20], KEYS[21], KEYS[22], KEYS[23] }
local reply = whole(function()
  if not ask('ZSCORE', KEYS[18], ARGV[1]) then return -1 end
  local held = take_held(KEYS[19], ARGV[2])
  if not held then return 0 end
  give_up(dead, KEYS[25], KEYS[24], ARGV[2], ARGV[3] == '' and held or ARGV[3], ARGV[4], ARGV[5], now)
  return 1
end)
if reply == 1 then attempt(trim_dead, dead, ARGV[6], ARGV[7], ARGV[8], now) end
return reply
