-- How step.lua treats tasks that are not plain, and limits. Behind rules.lua and rates.lua; KEYS and ARGV as in step.lua. answer is what the script
-- will return; cancels tells whether there are cancelled ids; now() is the time.

-- One popped message: what is fetched, or nothing when it ended or was parked.
local function judge(message, limits)
  local id, options = string.sub(message, 1, 32), options_of(message)
  if cancels and redis.call('ZREM', KEYS[25], id) == 1 then
    finish(message, 'cancelled', 'It was cancelled before it started.', now(), KEYS[24], ARGV[3])
    answer[6] = answer[6] + 1
    return nil
  end
  if options and is_expired(options, now()) then
    finish(message, 'expired', 'It expired before it started.', now(), KEYS[24], ARGV[3])
    answer[5] = answer[5] + 1
    return nil
  end
  local slot, counted = options and holds_slot(message), options and string.find(message, '^[rb]', 36)
  local buckets = counted and {} or buckets_of(message, options, limits)
  if #buckets > 0 and park_by_rate(with_mark(message, '+'), buckets, now()) then
    if slot and type(options.c) == 'string' then free_slot(options.c) end
    return nil
  end
  if options and type(options.c) == 'string' and not slot then
    if tonumber(redis.call('HGET', KEYS[12], options.c) or 0) >= (tonumber(options.cl) or 1) then
      park(message, 'c:' .. options.c)
      return nil
    end
    redis.call('HINCRBY', KEYS[12], options.c, 1)
    message = with_mark(message, counted and 'b' or 's')
  end
  for _, bucket in ipairs(buckets) do count_starts(bucket, 1, now()) end
  if options and options.um == 'start' then free_key(options, id) end
  return message
end

-- How many starts the rate limit of the queue allows now.
local function startable(queue, want)
  local next = tonumber(redis.call('ZSCORE', KEYS[19], 'q') or now())
  return math.max(0, math.min(want, math.floor((now() + queue.ahead - math.max(next, now())) / queue.interval) + 1))
end

return {
  judge = judge, limits_of = limits_of, bucket_of = bucket_of, startable = startable, count_starts = count_starts, closed_until = closed_until,
  settle = function(options, id) give_back(read_options(options, 1), id) end,
}
