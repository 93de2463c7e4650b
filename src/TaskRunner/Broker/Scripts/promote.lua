-- Moves to their ready lists the delayed tasks that are due and the parked ones that their rate limits let start. What expired ends here.
-- KEYS 1-20 as in rules.lua and rates.lua; 21 delayed; 22 delayed messages; 23 orphaned results
-- ARGV 1 how many at most, up to 1000; 2 '1' = keep results
-- Returns {moved, ms until the next one is due (-1 = none), expired, 1 = the queue's rate limit lets something start that is ready}
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local most, moved, expired = tonumber(ARGV[1]), 0, 0

local function expire(message)
  finish(message, 'expired', 'It expired before it started.', now, KEYS[23], ARGV[2])
  expired = expired + 1
end

local claimed = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[21], '-inf', string.format('%.0f', math.floor(now)), 'LIMIT', 0, most)) do
  if redis.call('ZREM', KEYS[21], id) == 1 then claimed[#claimed + 1] = id end
end
if #claimed > 0 then
  local lists = {}
  local messages = redis.call('HMGET', KEYS[22], unpack(claimed))
  redis.call('HDEL', KEYS[22], unpack(claimed))
  for i = 1, #claimed do
    local message = messages[i]
    if message and is_expired(options_of(message), now) then
      expire(message)
    elseif message then
      local slot = 10 - (tonumber(string.sub(message, 33, 33)) or 5)
      lists[slot] = lists[slot] or {}
      table.insert(lists[slot], message)
      moved = moved + 1
    end
  end
  for slot = 1, 10 do
    if lists[slot] then redis.call('RPUSH', KEYS[slot], unpack(lists[slot])) end
  end
end

local limits
local function open_bucket(name)
  local freed, left, due = {}, most, nil
  while left > 0 do
    local member, id, message = first_parked(name)
    if not message then
      left = -1
      break
    end
    local options = options_of(message)
    local buckets = buckets_of(message, options, limits)
    for _, bucket in ipairs(buckets) do
      if bucket.name == name then due = closed_until(bucket, now) end
    end
    if is_expired(options, now) then
      if take_parked(member, id) then expire(message) end
    elseif due then
      break
    elseif take_parked(member, id) and not park_by_rate(message, buckets, now, name) then
      for _, bucket in ipairs(buckets) do count_starts(bucket, 1, now) end
      freed[#freed + 1] = with_mark(message, 'r')
    end
    left = left - 1
  end
  if left < 0 then
    redis.call('ZREM', KEYS[20], name)
  elseif due then
    redis.call('ZADD', KEYS[20], string.format('%.3f', due), name)
  end
  for i = #freed, 1, -1 do redis.call('LPUSH', list_of(freed[i]), freed[i]) end
  moved = moved + #freed
end

local state = redis.call('HGET', KEYS[17], 'limited')
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[20], '-inf', string.format('%.3f', now), 'LIMIT', 0, 20)) do
  limits = limits or (state and limits_of()) or {}
  open_bucket(name)
end
if moved > 0 then wake_one() end

local due = redis.call('ZRANGE', KEYS[21], 0, 0, 'WITHSCORES')[2]
local first = redis.call('ZRANGE', KEYS[20], 0, 0, 'WITHSCORES')[2]
if first and (not due or tonumber(first) < tonumber(due)) then due = first end
local open = 0
if state then
  local queue = bucket_of('q', redis.call('HGET', KEYS[18], 'q'))
  if queue and redis.call('EXISTS', unpack(KEYS, 1, 10)) > 0 then
    local closed = closed_until(queue, now)
    if not closed then
      open = 1
    elseif not due or closed < tonumber(due) then
      due = closed
    end
  end
end
return {moved, due and math.max(0, math.ceil(tonumber(due) - now)) or -1, expired, open}
