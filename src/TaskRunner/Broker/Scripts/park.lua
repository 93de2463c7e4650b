-- Parks a task that its worker does not know how to run, until a worker comes that does. It keeps its unique key. All of it or, with an error, nothing.
-- KEYS 1-17 as in rules.lua; 18 leases; 19 the worker's in-flight hash; 20 parked by unknown kind
-- ARGV 1 worker; 2 id; 3 message; 4 kind: 't:' and a task type, or 'v:' and a version of the message
-- Returns 1 parked, 0 not held by this worker, -1 lease lost
return whole(function()
  if not ask('ZSCORE', KEYS[18], ARGV[1]) then return -1 end
  if not is_plain_text(ARGV[4], 202) then error('The kind must be a text of 1 to 202 characters without control characters.', 0) end
  if not take_held(KEYS[19], ARGV[2]) then return 0 end
  local message = ARGV[3]
  give_back_slot(options_of(message))
  if park(without_grants(message), 'n:' .. ARGV[4]) then count_kind(KEYS[20], ARGV[4], 1) end
  return 1
end)
