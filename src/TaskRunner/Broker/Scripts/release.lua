-- Puts tasks that a worker holds back at the head of their lists, attempt and redeliveries unchanged. All of it or, with an error, nothing.
-- KEYS 1-10 ready lists, highest priority first; 11 wake; 12 leases; 13 the worker's in-flight hash
-- ARGV 1 worker; then ids, newest first (the last one ends at the head)
-- Returns how many were put back, -1 when the lease is lost
return whole(function()
  if not ask('ZSCORE', KEYS[12], ARGV[1]) then return -1 end
  local released = 0
  for i = 2, #ARGV do
    local message = ask('HGET', KEYS[13], ARGV[i])
    if message then
      local list = KEYS[10 - (tonumber(string.match(message, '^%d', 33)) or 5)]
      -- Removing comes first: it is allowed when memory is full, and so is what follows it.
      change({ 'HSET', KEYS[13], ARGV[i], message }, 'HDEL', KEYS[13], ARGV[i])
      change({ 'LPOP', list }, 'LPUSH', list, message)
      released = released + 1
    end
  end
  if released > 0 then wake_one() end
  return released
end)
