-- Opens a group of a flow, unless it is open.
-- KEYS 1 group
-- ARGV 1 plan as JSON; 2 how many members; 3 time to live in ms
-- Returns 1 opened, 0 it was open
local opened = redis.call('HSETNX', KEYS[1], 'plan', ARGV[1])
if opened == 1 then redis.call('HSET', KEYS[1], 'total', ARGV[2], 'done', '0') end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return opened
