-- Puts parked tasks of one kind back at the head of their lists: a worker that knows them is here. All of it or, with an error, nothing.
-- KEYS 1-17 as in rules.lua; 18 parked by unknown kind
-- ARGV 1 kind; 2 how many at most
-- Returns how many were put back
return whole(function()
  local freed = {}
  while #freed < tonumber(ARGV[2]) do
    local member, id, message = first_parked('n:' .. ARGV[1])
    if not message then
      -- None is left, whatever was counted.
      count_kind(KEYS[18], ARGV[1], -1e15)
      break
    end
    take_parked(member, id)
    count_kind(KEYS[18], ARGV[1], -1)
    freed[#freed + 1] = message
  end
  for i = #freed, 1, -1 do to_head(freed[i]) end
  if #freed > 0 then wake_one() end
  return #freed
end)
