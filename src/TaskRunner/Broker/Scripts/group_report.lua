-- Notes how a member of a group ended. Only the first success of a member counts; a failure is kept until a success follows.
-- KEYS 1 group
-- ARGV 1 member, from 0; 2 '1' = succeeded, '0' = failed; 3 how it ended as JSON; 4 time to live in ms
-- Returns {members that succeeded, members, 1 when cancelled}; {-1} when the group is not known, {-2} when it has no such member
local group = redis.call('HMGET', KEYS[1], 'total', 'done', 'cancelled')
if not group[1] then return { -1 } end
local total, done = tonumber(group[1]) or 0, tonumber(group[2]) or 0
if not (tonumber(ARGV[1]) < total) then return { -2 } end
-- It counts as removing, which is allowed when memory is full, and so is what follows it.
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if ARGV[2] ~= '1' then
  redis.call('HSETNX', KEYS[1], 'f:' .. ARGV[1], ARGV[3])
elseif redis.call('HEXISTS', KEYS[1], 's:' .. ARGV[1]) == 0 then
  -- One command: a success is noted and counted, or neither.
  done = done + 1
  redis.call('HSET', KEYS[1], 's:' .. ARGV[1], ARGV[3], 'done', string.format('%.0f', done))
end
return { done, total, group[3] and 1 or 0 }
