-- Moves dead tasks back to the tails of their lists. One that is not dead any more, since somebody else was faster, stays where it is.
-- KEYS 1 dead; 2 dead messages; 3 dead reasons; 4 dead size; 5-14 ready lists, highest priority first; 15 wake
-- ARGV pairs: id, the message with its attempts and redeliveries at zero
-- Returns how many were moved
local moved = 0
for i = 1, #ARGV, 2 do
  if remove_dead(KEYS, ARGV[i]) then
    local message = ARGV[i + 1]
    redis.call('RPUSH', KEYS[14 - (tonumber(string.sub(message, 33, 33)) or 5)], message)
    moved = moved + 1
  end
end
if moved > 0 and redis.call('LLEN', KEYS[15]) < 16 then redis.call('RPUSH', KEYS[15], '1') end
return moved
