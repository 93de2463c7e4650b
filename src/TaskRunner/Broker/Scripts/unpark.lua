-- Puts parked tasks of one kind back at the head of their lists: a worker that knows them is here.
-- KEYS 1-17 as in rules.lua; 18 parked by unknown kind
-- ARGV 1 kind; 2 how many at most
-- Returns how many were put back
local freed = {}
while #freed < tonumber(ARGV[2]) do
  local member, id, message = first_parked('n:' .. ARGV[1])
  if not message then
    redis.call('HDEL', KEYS[18], ARGV[1])
    break
  end
  if take_parked(member, id) then
    freed[#freed + 1] = message
    redis.call('HINCRBY', KEYS[18], ARGV[1], -1)
  end
end
for i = #freed, 1, -1 do redis.call('LPUSH', list_of(freed[i]), freed[i]) end
if #freed > 0 then wake_one() end
return #freed
