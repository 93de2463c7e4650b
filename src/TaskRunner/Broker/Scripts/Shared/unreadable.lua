-- What becomes of a message that breaks the rules of docs/wire-format.md. After ends.lua and dead_set.lua.

-- Moves a message that cannot be read to the dead set, its bytes as they are. The caller has claimed it. K is the dead set; results takes its result, if its id can be read.
local function bury_unreadable(K, message, why, now, results, keep)
  local text = 'unreadable: ' .. string.gsub(tostring(why), '[^ -~]', '?') .. '.'
  local id = string.sub(message, 1, 32)
  leave_result(results, result_of(message, 'dead', text, now, keep))
  add_dead(K, dead_id(K, id, message), message, cjson.encode({ reason = 'unreadable', error = text }), now)
end
