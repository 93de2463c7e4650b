-- Opens a group of a flow, unless it is open.
-- KEYS 1 group
-- ARGV 1 plan as JSON; 2 how many members; 3 time to live in ms
-- Returns 1 opened, 0 it was open
local is_open = redis.call('HEXISTS', KEYS[1], 'plan') == 1
-- One command: a group is never half open.
if not is_open then redis.call('HSET', KEYS[1], 'plan', ARGV[1], 'total', ARGV[2], 'done', '0') end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return is_open and 0 or 1
