-- Notes something of a group, if it is known.
-- KEYS 1 group
-- ARGV 1 name; 2 value
-- Returns 1 noted, 0 the group is not known
if redis.call('HEXISTS', KEYS[1], 'plan') == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
