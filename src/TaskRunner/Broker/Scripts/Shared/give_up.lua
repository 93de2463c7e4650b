-- How a task gives up in its worker's hands. After ends.lua and dead_set.lua.

-- Moves it to the dead set; a task that was cancelled before it gave up ends as that. What its rules hold is given back.
-- K is the dead set; marks the key of cancelled ids; results that of the worker.
local function give_up(K, marks, results, id, message, reason, result, now)
  if take_mark(marks, id) then
    count_end('cancelled')
    result = string.gsub(result, '"state":"dead"', '"state":"cancelled"', 1)
  else
    add_dead(K, dead_id(K, id, message), without_grants(message), reason, now)
  end
  leave_result(results, result)
  give_back(options_of(message), id)
end
