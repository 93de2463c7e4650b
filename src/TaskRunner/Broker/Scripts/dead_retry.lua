-- Moves dead tasks back to the tails of their lists. One that is not dead any more, since somebody else was faster, stays where it is. All of them or, with an error, none.
-- KEYS 1 dead; 2 dead messages; 3 dead reasons; 4 dead size; 5-14 ready lists, highest priority first; 15 wake
-- ARGV pairs: id, the message with its attempts and redeliveries at zero
-- Returns how many were moved
return whole(function()
  local moved = 0
  for i = 1, #ARGV, 2 do
    if remove_dead(KEYS, ARGV[i]) then
      local message = ARGV[i + 1]
      local list = KEYS[14 - (tonumber(string.match(message, '^%d', 33)) or 5)]
      change({ 'RPOP', list }, 'RPUSH', list, message)
      moved = moved + 1
    end
  end
  if moved > 0 then wake_one(KEYS[15]) end
  return moved
end)
