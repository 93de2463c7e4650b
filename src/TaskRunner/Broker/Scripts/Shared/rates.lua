-- Rate limits. A bucket is one limit: of the queue ('q'), of a task type ('t:...') or of a rate key ('k:...'). Its score is the moment at which its next
-- start would be due if starts were spread evenly; up to a tenth of the count may start ahead of that.
-- KEYS as in rules.lua; 18 limits of the queue and its types; 19 buckets; 20 buckets with parked tasks, by the moment when the next one may start
local function limits_of()
  local limits, flat = {}, ask('HGETALL', KEYS[18])
  for i = 1, #flat, 2 do limits[flat[i]] = flat[i + 1] end
  return limits
end

-- A bucket from 'count/milliseconds'; nothing when that is no limit.
local function bucket_of(name, text)
  local count, per = read_rate(text)
  if not count then return nil end
  local interval = per / count
  return { name = name, interval = interval, ahead = (math.max(1, math.floor(count / 10)) - 1) * interval }
end

local function task_of(message)
  local task = string.match(message, '^{"v":%d+,"task":"([^"\\]*)"', 36 + segment_length(message, 36)) or body_of(message).task
  return type(task) == 'string' and task or ''
end

-- The buckets that count a task's start, the queue's apart.
local function buckets_of(message, options, limits)
  local buckets = {}
  if limits then
    local task = task_of(message)
    -- A name that no task may have has no limit; its worker finds that the message cannot be read.
    if is_key(task) then buckets[1] = bucket_of('t:' .. task, limits['o:' .. task] or limits['t:' .. task]) end
  end
  if options and options.r then buckets[#buckets + 1] = bucket_of('k:' .. options.r, options.rl) end
  return buckets
end

local function next_start(bucket, now) return tonumber(ask('ZSCORE', KEYS[19], bucket.name) or now) end

-- When the next start is allowed; nothing when it is allowed now.
local function closed_until(bucket, now)
  local due = next_start(bucket, now) - bucket.ahead
  if due > now then return due end
end

local function count_starts(bucket, starts, now)
  for _, old in ipairs(ask('ZRANGEBYSCORE', KEYS[19], '-inf', string.format('%.3f', now), 'LIMIT', 0, 2)) do
    if old ~= bucket.name then ask('ZREM', KEYS[19], old) end
  end
  local old = ask('ZSCORE', KEYS[19], bucket.name)
  local from = math.max(tonumber(old or now), now)
  change(old and { 'ZADD', KEYS[19], old, bucket.name } or { 'ZREM', KEYS[19], bucket.name }, 'ZADD', KEYS[19], string.format('%.3f', from + starts * bucket.interval), bucket.name)
end

-- Parks a task that its rate limits do not let start now, behind those that wait already. Returns whether it may not start: a copy of a parked task is dropped.
local function park_by_rate(message, buckets, now, own)
  for _, bucket in ipairs(buckets) do
    local queued = bucket.name ~= own and ask('ZSCORE', KEYS[20], bucket.name)
    local due = queued or closed_until(bucket, now)
    if due then
      park(message, bucket.name)
      local score = string.format('%.3f', due)
      if bucket.name == own then
        ask('ZADD', KEYS[20], score, own)
      elseif not queued then
        change({ 'ZREM', KEYS[20], bucket.name }, 'ZADD', KEYS[20], score, bucket.name)
      end
      return true
    end
  end
  return false
end
