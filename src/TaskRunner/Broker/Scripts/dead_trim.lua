-- Removes the oldest dead tasks until the set keeps to its bounds.
-- KEYS 1 dead; 2 dead messages; 3 dead reasons; 4 dead size
-- ARGV 1 how many are kept; 2 how many bytes; 3 for how long in ms
-- Returns how many were removed, 1,000 at most
local time = redis.call('TIME')
local done, removed = attempt(trim_dead, KEYS, ARGV[1], ARGV[2], ARGV[3], time[1] * 1000 + math.floor(time[2] / 1000))
return done and removed or failure(removed)
