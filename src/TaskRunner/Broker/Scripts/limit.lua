-- Sets rate limits of a queue or of task types, and has what waits for them looked at again. All of them or, with an error, none.
-- KEYS 1 meta; 2 limits; 3 buckets with parked tasks; 4 wake
-- ARGV triples: field, limit as 'count/milliseconds' ('' = remove the field), the bucket that it is for
-- Returns how many fields changed
return whole(function()
  local changed = 0
  local limited = ask('HGET', KEYS[1], 'limited')
  for i = 1, #ARGV, 3 do
    local field, limit = ARGV[i], ARGV[i + 1]
    local old = ask('HGET', KEYS[2], field)
    if (old or '') ~= limit then
      local back = old and { 'HSET', KEYS[2], field, old } or { 'HDEL', KEYS[2], field }
      -- Removing comes first: it is allowed when memory is full, and so is what follows it. A worker that starts tells the limits of its tasks.
      change(back, 'HDEL', KEYS[2], field)
      if limit ~= '' then change({ 'HDEL', KEYS[2], field }, 'HSET', KEYS[2], field, limit) end
      ask('ZADD', KEYS[3], 'XX', 0, ARGV[i + 2])
      changed = changed + 1
    end
  end
  if changed > 0 then
    local back = limited and { 'HSET', KEYS[1], 'limited', limited } or { 'HDEL', KEYS[1], 'limited' }
    if ask('EXISTS', KEYS[2]) == 1 then change(back, 'HSET', KEYS[1], 'limited', '1') else change(back, 'HDEL', KEYS[1], 'limited') end
    wake_one(KEYS[4])
  end
  return changed
end)
