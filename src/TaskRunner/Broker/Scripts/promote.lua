-- Moves to their ready lists the delayed tasks that are due and the parked ones that their rate limits let start. What expired ends here.
-- With an error, what was not moved is where it was.
-- KEYS 1-20 as in rules.lua and rates.lua; 21 delayed; 22 delayed messages; 23 orphaned results
-- ARGV 1 how many at most, up to 1000; 2 '1' = keep results
-- Returns {moved, ms until the next one is due (-1 = none), expired, 1 = the queue's rate limit lets something start that is ready}
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local most, moved, expired, refused = tonumber(ARGV[1]), 0, 0, nil

local function expire(message)
  finish(message, 'expired', 'It expired before it started.', now, KEYS[23], ARGV[2])
  expired = expired + 1
end

-- The tasks that are due and go to their lists, all of them or none. What cannot be read goes too: whoever fetches it sees that.
local function move_due(ids, scores, messages)
  local lists, places, kept = {}, { 'ZADD', KEYS[21] }, { 'HSET', KEYS[22] }
  for i = 1, #ids do
    places[#places + 1], places[#places + 2] = scores[i], ids[i]
    if messages[i] then
      kept[#kept + 1], kept[#kept + 2] = ids[i], messages[i]
      local slot = 10 - (tonumber(string.match(messages[i], '^%d', 33)) or 5)
      lists[slot] = lists[slot] or {}
      table.insert(lists[slot], messages[i])
    end
  end
  -- Removing comes first: it is allowed when memory is full, and so is what follows it.
  change(places, 'ZREM', KEYS[21], unpack(ids))
  change(#kept > 2 and kept or { 'EXISTS', KEYS[22] }, 'HDEL', KEYS[22], unpack(ids))
  local count = 0
  for slot = 1, 10 do
    if lists[slot] then
      change({ 'RPOP', KEYS[slot], #lists[slot] }, 'RPUSH', KEYS[slot], unpack(lists[slot]))
      count = count + #lists[slot]
    end
  end
  return count
end

local function end_delayed(id, score, message)
  change({ 'ZADD', KEYS[21], score, id }, 'ZREM', KEYS[21], id)
  change({ 'HSET', KEYS[22], id, message }, 'HDEL', KEYS[22], id)
  expire(message)
end

local found = redis.call('ZRANGEBYSCORE', KEYS[21], '-inf', string.format('%.0f', math.floor(now)), 'WITHSCORES', 'LIMIT', 0, most)
if #found > 0 then
  local ids, scores = {}, {}
  for i = 1, #found, 2 do ids[#ids + 1], scores[#scores + 1] = found[i], found[i + 1] end
  local messages = redis.call('HMGET', KEYS[22], unpack(ids))
  local due, late = { {}, {}, {} }, {}
  for i = 1, #ids do
    if messages[i] and is_expired((options_of(messages[i])), now) then
      late[#late + 1] = i
    else
      local at = #due[1] + 1
      due[1][at], due[2][at], due[3][at] = ids[i], scores[i], messages[i]
    end
  end
  if due[1][1] then
    local done, count = attempt(move_due, due[1], due[2], due[3])
    if done then moved = count else refused = count end
  end
  for _, i in ipairs(late) do
    local done, why = attempt(end_delayed, ids[i], scores[i], messages[i])
    if not done then refused = why end
  end
end

local limits
local function open_bucket(name, score)
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
      take_parked(member, id)
      expire(message)
    elseif due then
      break
    else
      take_parked(member, id)
      if not park_by_rate(message, buckets, now, name) then
        for _, bucket in ipairs(buckets) do count_starts(bucket, 1, now) end
        freed[#freed + 1] = with_mark(message, 'r')
      end
    end
    left = left - 1
  end
  if left < 0 then
    ask('ZREM', KEYS[20], name)
  elseif due then
    -- Removing comes first here, too.
    change({ 'ZADD', KEYS[20], score, name }, 'ZREM', KEYS[20], name)
    ask('ZADD', KEYS[20], string.format('%.3f', due), name)
  end
  for i = #freed, 1, -1 do to_head(freed[i]) end
  return #freed
end

local state = redis.call('HGET', KEYS[17], 'limited')
local open_now = redis.call('ZRANGEBYSCORE', KEYS[20], '-inf', string.format('%.3f', now), 'WITHSCORES', 'LIMIT', 0, 20)
for i = 1, #open_now, 2 do
  local name, score, before = open_now[i], open_now[i + 1], expired
  local done, count = attempt(function()
    limits = limits or (state and limits_of()) or {}
    return open_bucket(name, score)
  end)
  if done then
    moved = moved + count
  else
    -- Looked at again in a while, not at once: the others have their turn.
    expired, refused = before, count
    redis.pcall('ZADD', KEYS[20], string.format('%.3f', now + 1000), name)
  end
end
if moved > 0 then wake_one() end
if refused and moved + expired == 0 then return failure(refused) end

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
return { moved, wait_until(due, now), expired, open }
