-- Notes how a member of a group ended. Only the first success of a member counts; a failure is kept until a success follows.
-- KEYS 1 group
-- ARGV 1 member, from 0; 2 '1' = succeeded, '0' = failed; 3 how it ended as JSON; 4 time to live in ms
-- Returns {members that succeeded, members, 1 when cancelled}; {-1} when the group is not known
local total = redis.call('HGET', KEYS[1], 'total')
if not total then return {-1} end
if ARGV[2] == '1' then
  if redis.call('HSETNX', KEYS[1], 's:' .. ARGV[1], ARGV[3]) == 1 then redis.call('HINCRBY', KEYS[1], 'done', 1) end
else
  redis.call('HSETNX', KEYS[1], 'f:' .. ARGV[1], ARGV[3])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {tonumber(redis.call('HGET', KEYS[1], 'done')), tonumber(total), redis.call('HEXISTS', KEYS[1], 'cancelled')}
