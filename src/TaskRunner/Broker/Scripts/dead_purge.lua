-- Removes dead tasks for good. All of them or, with an error, none.
-- KEYS 1 dead; 2 dead messages; 3 dead reasons; 4 dead size
-- ARGV ids
-- Returns how many were there
return whole(function()
  local removed = 0
  for i = 1, #ARGV do
    if remove_dead(KEYS, ARGV[i]) then removed = removed + 1 end
  end
  return removed
end)
